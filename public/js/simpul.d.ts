/** The types of simpul.js. */

export interface CheckIn {
  user_id: string;
  device_id: string;
  course_id: string;
  session_id: string;
  qr_token: string;
  ts?: string;
}

export interface CheckInResult {
  /** `waiting`: no answer came; it is kept, and sent when the network is back. */
  status: "checked_in" | "waiting";
  presence_id: string | null;
}

/** The detail of the event "checkin". */
export interface CheckInEvent {
  fields: CheckIn;
  status: "checked_in" | "waiting" | "refused";
  presence_id: string | null;
  error: SimpulError | null;
}

/** The detail of the event "sensors": samples and positions so far, and packets that wait. */
export interface SensorsEvent {
  accepted: number;
  refused: number;
  dropped: number;
  waiting: number;
  error: SimpulError | null;
}

export interface Status {
  user_id: string;
  course_id: string;
  session_id: string;
  status: "checked_in" | "absent";
  last_ts: string | null;
}

/** A time of Firestore. */
export interface Timestamp {
  toDate(): Date;
}

/** A record of `courses/{course}/sessions/{session}/presences`. */
export interface Presence {
  presence_id: string;
  user_id: string;
  status: "checked_in" | "absent";
  checked_in_at: Timestamp;
  [field: string]: unknown;
}

/** The document `live/{device}`. */
export interface Live {
  device_id: string;
  accel?: { t: string; x: number; y: number; z: number };
  gps?: { ts: string; lat: number; lng: number; accuracy_m: number };
  last_seen: Timestamp;
  [field: string]: unknown;
}

/** The page's own Firebase: the module "firebase/firestore", and the database of the signed-in user. */
export interface Firebase {
  sdk: object;
  database: object;
}

export type Token = string | null;
export type Stop = () => void;
export type Failed = (error: Error & { code?: string }) => void;

export class SimpulError extends Error {
  constructor(code: string, status?: number, retryAfter?: number);
  /** As the contract names it, for example `token_expired`; or `no_network`. */
  readonly code: string;
  readonly status: number;
  readonly retryAfter: number;
  readonly isPassing: boolean;
}

export interface Sensors {
  accel(sample: { x: number; y: number; z: number; t?: Date | number | string }): void;
  gps(position: { lat: number; lng: number; accuracy_m?: number; ts?: Date | number | string }): Promise<void>;
  flush(): Promise<void> | null;
}

export class Simpul extends EventTarget {
  constructor(base?: string | URL, options?: { firebase?: Firebase | Promise<Firebase> | null });
  setToken(token: Token | (() => Token | undefined | Promise<Token | undefined>)): void;
  call<Data = unknown>(
    path: string,
    options?: { query?: Record<string, string | number>; body?: object | null },
  ): Promise<Data>;
  checkIn(fields: CheckIn): Promise<CheckInResult>;
  waiting(): Promise<CheckIn[]>;
  status(user_id: string, course_id: string, session_id: string): Promise<Status>;
  sensors(device_id: string, options?: { every?: number }): Sensors;
  onRoster(course_id: string, session_id: string, next: (records: Presence[]) => void, failed?: Failed): Stop;
  onStatus(
    user_id: string, course_id: string, session_id: string, next: (record: Presence | null) => void, failed?: Failed,
  ): Stop;
  onDevice(device_id: string, next: (live: Live | null) => void, failed?: Failed): Stop;
  addEventListener(
    type: "checkin", listener: (event: CustomEvent<CheckInEvent>) => void, options?: AddEventListenerOptions,
  ): void;
  addEventListener(
    type: "sensors", listener: (event: CustomEvent<SensorsEvent>) => void, options?: AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions,
  ): void;
}
