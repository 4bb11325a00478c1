import os

from kit import State, serve


def main() -> None:
    serve(State(service="worker", doing=f"emptying the queue {os.environ['QUEUE']}"))
