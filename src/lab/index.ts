/** The lab as a library: an API server for certificates in one process. Nothing of it is for production. */
export type { SeenRequest } from './api-server.ts'
export { type Lab, startLab } from './lab.ts'
export type { LabOptions } from './options.ts'
export type { LabRequest, LabResponse } from './request.ts'
