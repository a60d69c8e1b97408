import type { Fault } from './faults/fault.ts'
import type { LabEvent } from './records/events.ts'
import type { SeenRequest } from './records/request-record.ts'
import type { LabRequest, LabResponse } from './request.ts'
import type { ApprovalSettings, SigningSettings } from './settings.ts'

/** A running lab. */
export interface Lab extends AsyncDisposable {
  /** `https://127.0.0.1:PORT` */
  readonly url: string
  /** What clients have to trust: the CA, and the API server's own certificate where another CA issued it. */
  readonly caPem: string
  /** The bootstrap token that was there at the start. */
  readonly token: string
  /** The last thousand requests that were answered over the network or by `handle`, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** A kubeconfig with the bootstrap token, as kubeadm writes it. */
  bootstrapKubeconfig(options?: { token?: string; url?: string }): string
  /** What whoever runs the lab should know about its files, such as what was made in memory alone. */
  readonly notices: readonly string[]
  /** A kubeconfig of a cluster administrator. */
  adminKubeconfig(): string
  /** A kubeconfig of kube-controller-manager. */
  controllerManagerKubeconfig(): string
  /** A kubeconfig of kube-scheduler. */
  schedulerKubeconfig(): string
  /** Answers a request without a network, by the same routes; faults of the wire do not strike it. */
  handle(request: LabRequest): LabResponse
  /** Makes a request as an administrator, in process. Not for watches. */
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  /**
   * What is stored of a resource, read without a request. Not to be changed.
   * @param plural - such as `nodes`. @throws TypeError for one that the lab does not store
   */
  stored(plural: string): Stored
  /** The faults of the wire that are in force. */
  readonly faults: readonly Fault[]
  /** Puts others in their place, none by an empty list. @throws TypeError naming the field that is not as it should be */
  setFaults(faults: readonly Fault[]): void
  /** Who approves, as it is set now. */
  readonly approval: ApprovalSettings
  /** Changes who approves; what is left out of the settings has its default (mode `auto`, no rules). */
  setApproval(settings: Partial<ApprovalSettings>): void
  /** How is signed, as it is set now. */
  readonly signing: SigningSettings
  /** Changes how is signed; what is left out of the settings has its default. @throws TypeError for a text that is no duration. */
  setSigning(settings: Partial<SigningSettings>): void
  /**
   * Ends all connections and starts the API server again, on the same port.
   * @param how.state - `keep` unless set; `lose`: its objects are as at the first start.
   * @param how.downMs - how long nobody listens; 0 unless set.
   */
  restart(how?: { state?: 'keep' | 'lose'; downMs?: number }): Promise<void>
  /** What happens from now on, until the signal aborts, the loop is left or the lab is closed. */
  events(signal?: AbortSignal): AsyncIterableIterator<LabEvent>
  close(): Promise<void>
}

/** The objects of a resource, as the API server has them. */
export interface Stored {
  /** @param namespace - none for what lies in none. */
  get(name: string, namespace?: string): object | undefined
  list(): readonly object[]
}
