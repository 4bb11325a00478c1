import { test } from 'node:test';
import { type RealStack, standsOnRealWheels } from '../support/real-stack.ts';
import { stackMissing } from '../support/stack.ts';

const science: RealStack = {
  roots: ['numpy', 'pandas', 'scipy'],
  files: {
    'science/__init__.py': '',
    'science/__main__.py': `import os
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy
import pandas
from scipy import linalg, optimize


def answer():
    solved = linalg.solve(numpy.array([[3.0, 1.0], [1.0, 2.0]]), numpy.array([9.0, 8.0]))
    means = pandas.DataFrame({"kind": ["a", "b", "a"], "value": [1, 2, 4]}).groupby("kind")["value"].mean()
    root = optimize.brentq(lambda x: x * x - 2, 0, 2)
    return f"{solved.round(6).tolist()} {means.to_dict()} {root:.6f}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = answer().encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
`,
  },
  answer: /^\[2\.0, 3\.0\] \{'a': 2\.5, 'b': 2\.0\} 1\.414214$/,
  shadows: ['numpy', 'pandas', 'six', 'dateutil'],
  isLarge: true,
};

test('NumPy, pandas and SciPy, from real wheels', { skip: stackMissing }, async (t) => {
  await standsOnRealWheels(t, science);
});
