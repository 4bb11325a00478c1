import { PycontainerError } from '../errors.ts';
import { labels, type Project } from './project.ts';

/**
 * @param found labels of what is there under a name that we need
 * @param what for people: `container shop-api`
 * @throws PycontainerError 'container-foreign' where it was not made for the project
 */
export function refuseForeign(found: Readonly<Record<string, string>>, { id }: Project, what: string): void {
  if (found[labels.project] === id) return;
  const other = found[labels.root];
  if (other === undefined) {
    throw new PycontainerError('container-foreign', `There is a ${what} that pycontainer did not make`, {
      hint: 'It is left alone. Remove or rename it, or rename the target or the folder of the project.',
    });
  }
  throw new PycontainerError('container-foreign', `The ${what} belongs to the project in ${other}`, {
    hint: `Names are made of the folder's name: rename one of the folders, or take the other down with \`pycontainer down -C ${other}\`.`,
  });
}
