import { clean, fitted, type FrameLine } from './span.ts';
import { cells, fill } from './width.ts';

/** Something that a person is asked. */
export interface Question {
  readonly label: string;
  /** What it means, in a few words. */
  readonly about: string;
  /** What an empty answer stands for. */
  readonly usual: string;
  /** What is wrong with an answer; undefined when it will do. */
  readonly mistake?: (answer: string) => string | undefined;
}

export interface FormState {
  readonly questions: readonly Question[];
  /** One for each question that was answered. */
  readonly answers: readonly string[];
  /** Of the answer to the question that is asked now. */
  readonly typed: string;
  readonly mistake?: string;
}

export type FormKey = 'enter' | 'back' | 'erase' | 'clear';

export function openForm(questions: readonly Question[]): FormState {
  return { questions, answers: [], typed: '' };
}

/** All is answered when there are as many answers as questions. Pure. */
export function pressedKey(state: FormState, key: FormKey): FormState {
  const { mistake: _old, ...rest } = state;
  const { typed, answers } = rest;
  switch (key) {
    case 'erase':
      return { ...rest, typed: Array.from(typed).slice(0, -1).join('') };
    case 'clear':
      return { ...rest, typed: '' };
    case 'back':
      return answers.length === 0 ? rest : { ...rest, answers: answers.slice(0, -1), typed: answers.at(-1) ?? '' };
    case 'enter':
      return answered(rest);
  }
}

/** Control characters in what was pasted count for nothing. */
export function typedText(state: FormState, text: string): FormState {
  if (text === '') return state;
  const { mistake: _old, ...rest } = state;
  return { ...rest, typed: rest.typed + text.replaceAll(/\p{Cc}/gu, '') };
}

function answered(state: FormState): FormState {
  const question = state.questions[state.answers.length];
  if (question === undefined) return state;
  const answer = state.typed.trim() || question.usual;
  const mistake = question.mistake?.(answer);
  return mistake === undefined ? { ...state, answers: [...state.answers, answer], typed: '' } : { ...state, mistake };
}

/** What was answered, the question that is asked now, and what is wrong with its answer. */
export function formLines({ questions, answers, typed, mistake }: FormState, columns: number): readonly FrameLine[] {
  const width = Math.max(...questions.map(({ label }) => cells(label)));
  const over = answers.map((answer, index): FrameLine => [
    { role: 'good', text: '✓ ' },
    { text: `${fill(questions[index]?.label ?? '', width)}  ${clean(answer)}` },
  ]);
  const question = questions[answers.length];
  if (question === undefined) return over.map((line) => fitted(line, columns));
  const shown: FrameLine =
    typed === ''
      ? [{ text: '▏' }, { role: 'quiet', text: question.usual }]
      : [{ text: `${tail(clean(typed), columns - width - 6)}▏` }];
  const asked: readonly FrameLine[] = [
    [{ role: 'hint', text: '? ' }, { role: 'heading', text: `${fill(question.label, width)}  ` }, ...shown],
    mistake === undefined
      ? [{ role: 'quiet', text: `  ${question.about}` }]
      : [{ role: 'bad', text: `  ${clean(mistake)}` }],
  ];
  return [...over, ...asked].map((line) => fitted(line, columns));
}

/** The end of what is typed stays in sight. */
function tail(text: string, columns: number): string {
  const signs = Array.from(text);
  while (cells(signs.join('')) > Math.max(1, columns)) signs.shift();
  return signs.join('');
}
