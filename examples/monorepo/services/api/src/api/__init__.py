from kit import State, serve


def main() -> None:
    serve(State(service="api", doing="taking orders"))
