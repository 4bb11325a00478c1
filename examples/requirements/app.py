import os

from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return f"{os.environ.get('GREETING', 'Hi')} from Flask\n"
