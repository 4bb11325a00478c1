import { PycontainerError } from '../../errors.ts';
import { splitLogin } from '../index/address.ts';
import { parseJson } from '../lock/json.ts';
import { normalizeName } from '../name.ts';
import { parseRequirement, type Requirement } from '../requirement.ts';
import { shown } from '../scanner.ts';
import type { Table } from '../table.ts';

/** A package that pip would install. */
export interface ReportedPackage {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  /** Without login and fragment. */
  readonly url: string;
  /** `algorithm:hex`. */
  readonly hashes: readonly string[];
  /** Asked for by URL or path, not found on an index. */
  readonly direct: boolean;
  readonly requires: readonly Requirement[];
}

/**
 * Reads what `pip install --report` wrote. Errors: 'lock-failed'.
 * @see https://pip.pypa.io/en/stable/reference/installation-report/
 */
export function readReport(text: string): ReportedPackage[] {
  const report = parseJson(text, 'the report of pip', 'lock-failed');
  const version = report.requiredString('version');
  if (version !== '1')
    throw new PycontainerError('lock-failed', `pip reports in version ${version}, and only 1 is known`, {
      hint: 'Install uv, or another pip.',
    });
  return report.tables('install').map(readPackage);
}

function readPackage(table: Table): ReportedPackage {
  const metadata = table.nested('metadata');
  const download = table.nested('download_info');
  const archive = download.table('archive_info');
  const name = metadata.requiredString('name');
  if (archive === undefined) {
    throw new PycontainerError('lock-failed', `pip would build ${name} from source, and only wheels are installed`, {
      hint: 'Make a wheel of it (pip wheel --no-deps) and put it into a folder of find-links.',
    });
  }
  return {
    name: normalizeName(name),
    version: metadata.requiredString('version'),
    url: plainAddress(download.requiredString('url')),
    hashes: hashesOf(archive),
    direct: table.boolean('is_direct') ?? false,
    requires: metadata.strings('requires_dist').map(parseRequirement),
  };
}

/** The older `hash` (`sha256=…`) counts where `hashes` is missing. */
function hashesOf(archive: Table): string[] {
  const [hashes, single] = [archive.table('hashes'), archive.string('hash')];
  const known = hashes?.keys().map((algorithm) => `${algorithm}:${hashes.requiredString(algorithm)}`) ?? [];
  return known.length > 0 || single === undefined ? known : [single.replace('=', ':')];
}

function plainAddress(text: string): string {
  if (!URL.canParse(text)) throw new PycontainerError('lock-failed', `pip reports ${shown(text)}, which is no address`);
  const { url } = splitLogin(text);
  const plain = new URL(url);
  plain.hash = '';
  return plain.href;
}
