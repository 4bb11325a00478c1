"""What every service of the shop has: a place to answer over HTTP, with checked data."""

import os

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class State(BaseModel):
    service: str
    doing: str


def serve(state: State) -> None:
    async def index(_request: Request) -> JSONResponse:
        return JSONResponse(state.model_dump())

    application = Starlette(routes=[Route("/", index)])
    uvicorn.run(application, host="0.0.0.0", port=8000, log_level=os.environ.get("LOG_LEVEL", "info"))
