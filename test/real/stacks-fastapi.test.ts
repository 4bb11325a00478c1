import { test } from 'node:test';
import { type RealStack, standsOnRealWheels } from '../support/real-stack.ts';
import { stackMissing } from '../support/stack.ts';

const fastapi: RealStack = {
  roots: ['fastapi', 'pydantic-core', 'uvicorn[standard]'],
  files: {
    'main.py': `import sys

from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Answer(BaseModel):
    total: int
    fast: list[str]


@app.get("/")
async def answer() -> Answer:
    return Answer(total="42", fast=[name for name in ("httptools", "uvloop") if name in sys.modules])
`,
  },
  answer: /^\{"total":42,"fast":\["httptools","uvloop"\]\}$/,
  shadows: ['fastapi', 'pydantic_core', 'uvicorn', 'typing_extensions'],
};

test('FastAPI and uvicorn[standard], from real wheels', { skip: stackMissing }, async (t) => {
  await standsOnRealWheels(t, fastapi);
});
