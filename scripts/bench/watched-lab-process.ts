// A lab that sends the moment at which each certificate is issued. First it sends its bootstrap kubeconfig.
import { startLab } from '../../src/lab/index.ts'
import { machineMs } from './join-once.ts'

await using lab = await startLab({ approveServing: true })
process.send?.(lab.bootstrapKubeconfig())
process.on('disconnect', () => void lab.close())
for await (const event of lab.events()) if (event.kind === 'signed') process.send?.(machineMs())
