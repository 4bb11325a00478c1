from fastapi import FastAPI
from pydantic import BaseModel

from .trend import next_value

app = FastAPI()


class Series(BaseModel):
    values: list[float]


@app.get("/")
def index() -> dict[str, float]:
    return {"next": next_value([1.0, 2.0, 3.0])}


@app.post("/forecast")
def forecast(series: Series) -> dict[str, float]:
    return {"next": next_value(series.values)}
