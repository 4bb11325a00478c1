import type { ImageReport } from '../image/report.ts';

/** The version of the format of `inspect --format json`. `schemas/inspect.schema.json` describes it. */
export const inspectFormatVersion = 1;

/** An image as programs read it. */
export interface InspectJson extends ImageReport {
  readonly version: typeof inspectFormatVersion;
}

export function inspectJson(report: ImageReport): InspectJson {
  return { version: inspectFormatVersion, ...report };
}
