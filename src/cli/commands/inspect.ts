import { parsePlatform } from '../../oci/platform.ts';
import { formatReport } from '../../ui/inspect.ts';
import { inspectJson } from '../../ui/inspect-json.ts';
import type { Console } from '../console.ts';
import { type ImageOptions, openImages } from '../image-session.ts';

export interface InspectOptions extends ImageOptions {
  readonly format: 'text' | 'json';
}

/** Shows what an image consists of, wherever it is. */
export async function inspectCommand(
  image: string,
  options: InspectOptions,
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const { platform, format, verbose } = options;
  await using workspace = await openImages(options, console, signal);
  const { images } = workspace;
  const opened = await images.open(images.named(image), platform === undefined ? undefined : parsePlatform(platform));
  const report = await images.report(opened);
  console.result(
    format === 'json'
      ? JSON.stringify(inspectJson(report), null, 2)
      : formatReport(report, { all: verbose, paint: console.paint }),
  );
  return 0;
}
