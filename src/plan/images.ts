import type { Config } from '../config/target.ts';
import type { Base } from '../base/base.ts';
import type { BaseSources } from '../base/sources.ts';
import { diffImages, type ImageDiff } from '../image/diff.ts';
import type { TargetImage } from '../image/image.ts';
import { type ImageReport, reportOf } from '../image/report.ts';
import { type Difference, firstDifference, rootDifference } from '../image/verify.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import { type NamedImage, namedImage, openNamed } from './named-image.ts';

/** What a comparison with the plan came to. */
export interface Verdict {
  /** Of the image, or of its platform that differs. */
  readonly digest: Digest;
  /** Where one platform differs. */
  readonly platform?: Platform;
  /** Absent when image and plan are the same. */
  readonly difference?: Difference;
}

/** Looks into images, wherever they are. What is read of them is kept in the store. */
export class Images {
  readonly #config: Config;
  readonly #cwd: string;
  readonly #sources: BaseSources;

  /** @param cwd what paths of images are relative to; absolute */
  constructor(config: Config, cwd: string, sources: BaseSources) {
    this.#config = config;
    this.#cwd = cwd;
    this.#sources = sources;
  }

  /** As {@link namedImage}. */
  named(text: string): NamedImage {
    return namedImage(text, this.#config, this.#cwd);
  }

  /** Without a platform this machine's, else whichever there is. Errors: those of reading bases. */
  open(image: NamedImage, platform?: Platform): Promise<Base> {
    return openNamed(image, platform, this.#sources);
  }

  report(image: Base): Promise<ImageReport> {
    return reportOf(image, this.#sources);
  }

  diff(from: Base, to: Base): Promise<ImageDiff> {
    return diffImages(from, to, this.#sources);
  }

  /**
   * The first thing in which an image is not what was planned, on the first platform that differs; undefined when it is
   * that exactly. With `isPart`, what is planned is not all that the image is to have. Errors as of {@link firstDifference}.
   */
  async verify(named: NamedImage, planned: TargetImage, { isPart }: { isPart: boolean }): Promise<Verdict> {
    const any = await this.open(named, isPart ? planned.images[0]?.platform : undefined);
    const root = isPart ? undefined : rootDifference(any, planned);
    if (root?.kind === 'platforms') return { digest: any.digest, difference: root };
    for (const image of planned.images) {
      const opened = await this.open(named, image.platform);
      const difference = await firstDifference(opened, image, this.#sources);
      if (difference !== undefined) return { digest: opened.digest, platform: image.platform, difference };
    }
    return {
      digest: isPart ? any.digest : (any.index ?? any.digest),
      ...(root === undefined ? {} : { difference: root }),
    };
  }
}
