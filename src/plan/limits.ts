import { PycontainerError, type SourceLocation } from '../errors.ts';
import type { LayerKey } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatSize } from '../config/size.ts';
import type { Limits, Target } from '../config/target.ts';
import { whatCame, whatIsLarge } from './growth.ts';
import type { PlatformInputs } from './inputs.ts';
import type { Plan, PlatformPlan, TargetPlan } from './plan.ts';
import type { BuildRecord } from './record.ts';
import { type Excess, type ImageSize, type JudgedSize, madeSize, totalBytes } from './size.ts';

/** The size of one image against the limits of its target and the last build. Pure. */
export function judgeSize(
  { limits }: Pick<Target, 'limits'>,
  inputs: PlatformInputs,
  size: ImageSize,
  before: BuildRecord | undefined,
): JudgedSize {
  const all = totalBytes(size);
  const beforeBytes = before?.sizes === undefined ? undefined : totalBytes(before.sizes);
  const packages = inputs.python?.packages ?? [];
  const because = (): string =>
    before === undefined || beforeBytes === undefined || beforeBytes >= all
      ? whatIsLarge(packages, size)
      : whatCame(packages, size, before);
  const excess = (limit: Excess['limit'], limitBytes: number | undefined, bytes: number): readonly Excess[] =>
    limitBytes === undefined || bytes <= limitBytes ? [] : [{ limit, limitBytes, because: because() }];
  return {
    ...size,
    totalBytes: all,
    ...(beforeBytes === undefined ? {} : { beforeBytes }),
    excesses: [
      ...excess('size', limits.sizeBytes, all),
      ...(beforeBytes === undefined ? [] : excess('growth', growthLimit(limits, beforeBytes), all - beforeBytes)),
    ],
  };
}

function growthLimit({ growthBytes, growthPercent }: Limits, beforeBytes: number): number | undefined {
  return growthPercent === undefined ? growthBytes : Math.floor((beforeBytes * growthPercent) / 100);
}

/** Every limit that the images of a plan do not keep, as an error 'limit-exceeded'. */
export function limitErrors({ targets }: Plan): readonly PycontainerError[] {
  return targets.flatMap((target) => target.platforms.flatMap((platform) => errorsOf(target, platform, platform.size)));
}

/** The same by what was made. */
export function limitErrorsAfter(
  { targets, layers }: Plan,
  made: ReadonlyMap<LayerKey, { readonly sizeBytes: number }>,
): readonly PycontainerError[] {
  const kinds = new Map(layers.map(({ key, kind }) => [key, kind]));
  return targets.flatMap((target) =>
    target.platforms.flatMap((platform) => {
      const { inputs, before } = platform;
      const size = madeSize(platform, kinds, made);
      return errorsOf(target, platform, judgeSize(target.target, inputs, size, before));
    }),
  );
}

function errorsOf(target: TargetPlan, platform: PlatformPlan, size: JudgedSize): readonly PycontainerError[] {
  return size.excesses.map((excess) => limitError(target, platform, size, excess));
}

function limitError(
  { target, platforms }: TargetPlan,
  { inputs }: PlatformPlan,
  { totalBytes, beforeBytes, isEstimate }: JudgedSize,
  { limit, limitBytes, because }: Excess,
): PycontainerError {
  const who = platforms.length > 1 ? `${target.name} for ${formatPlatform(inputs.platform)}` : target.name;
  const now = `${isEstimate ? '~' : ''}${formatSize(totalBytes)}`;
  const grows = beforeBytes !== undefined && beforeBytes < totalBytes;
  const message = grows ? `would grow from ${formatSize(beforeBytes)} to ${now}` : `would have ${now}`;
  const location: SourceLocation = target.locate(['limits', limit]);
  return new PycontainerError('limit-exceeded', `${who} ${message}: ${because}`, {
    hint: `limits.${limit} allows ${limit === 'growth' ? `${formatSize(limitBytes)} more` : formatSize(limitBytes)}. Take out what is not needed, or raise the limit.`,
    location,
  });
}
