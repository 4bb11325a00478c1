import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { addImage, emptyBlobs, type TestImage, tagged, writeLayout } from '../base/image.ts';
import { official } from '../base/systems.ts';
import { Rig, type RigFiles } from '../support/rig.ts';
import { makeWheel, type MadeWheel } from '../support/wheel.ts';

export const manifest = `targets:
  web:
    base: oci:../base
    platforms: [linux/amd64]
    tags: [example.com/web:dev]
`;

/** Above the size from which a package has a layer of its own. */
export const bulkyWheel: MadeWheel = makeWheel({ name: 'bulky', files: { 'bulky/data.bin': noise(1_200_000) } });
export const smallWheel: MadeWheel = makeWheel({ name: 'small', files: { 'small/__init__.py': 'answer = 42\n' } });

/** A project with a manifest, two locked packages of our own and a base that has Python 3.12 but cannot run. */
export async function smallProject(files: RigFiles = {}): Promise<Rig> {
  const rig = new Rig({
    'pycontainer.yaml': manifest,
    'main.py': 'print("hello")\n',
    'requirements.txt': requirements(bulkyWheel, smallWheel),
    ...files,
  });
  await writeBase(rig, official);
  addWheels(rig, bulkyWheel, smallWheel);
  return rig;
}

/** Puts a base beside the project, which the manifest calls `oci:../base`. */
export async function writeBase({ root }: Rig, image: TestImage): Promise<void> {
  const blobs = emptyBlobs();
  const descriptor = await addImage(blobs, image);
  writeLayout(path.join(root, 'base'), blobs, [tagged(descriptor, 'latest')]);
}

/** Makes a folder with these wheels all that is known of package indexes. */
export function addWheels(rig: Rig, ...wheels: readonly MadeWheel[]): void {
  const folder = path.join(rig.root, 'wheels');
  mkdirSync(folder, { recursive: true });
  for (const { filename, bytes } of wheels) writeFileSync(path.join(folder, filename), bytes);
  Object.assign(rig.env, { PIP_FIND_LINKS: folder, PIP_NO_INDEX: '1' });
}

export function requirements(...wheels: readonly MadeWheel[]): string {
  return wheels
    .map(({ filename, bytes }) => {
      const [name = '', version = ''] = filename.split('-');
      return `${name}==${version} --hash=sha256:${createHash('sha256').update(bytes).digest('hex')}\n`;
    })
    .join('');
}

/** Bytes that no compression makes smaller, the same at each call. */
function noise(sizeBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index * 32 < sizeBytes; index += 1) {
    parts.push(createHash('sha256').update(String(index)).digest());
  }
  return Buffer.concat(parts).subarray(0, sizeBytes);
}
