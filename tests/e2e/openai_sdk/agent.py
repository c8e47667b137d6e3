"""What an agent does with the official package. Base URL and key come from the environment, as agents have them."""

import asyncio

import openai

MESSAGES = [{"role": "user", "content": "Hello"}]


def plain(client):
    answer = client.chat.completions.create(model="m", messages=MESSAGES)
    assert answer.choices[0].message.content == "Hi", answer
    assert answer.model == "m", answer
    assert answer.usage.total_tokens == 15, answer


def streaming(client):
    chunks = list(client.chat.completions.create(model="m", messages=MESSAGES, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "Hello", chunks
    assert all(chunk.model == "m" for chunk in chunks), chunks


def headers(client):
    raw = client.chat.completions.with_raw_response.create(model="m", messages=MESSAGES)
    assert raw.headers["x-patchbay-provider"] == "alpha", raw.headers
    assert raw.headers["x-request-id"], raw.headers


def models(client):
    assert [model.id for model in client.models.list()] == ["m"]
    assert client.models.retrieve("m").id == "m"


def refusals(client):
    try:
        client.chat.completions.create(model="none", messages=MESSAGES)
        raise AssertionError("an unknown model was answered")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error
    try:
        client.with_options(api_key="pbk_wrong").chat.completions.create(model="m", messages=MESSAGES)
        raise AssertionError("a wrong key was taken")
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key", error


async def asynchronous():
    async with openai.AsyncOpenAI(max_retries=0) as client:
        asking = [client.chat.completions.create(model="m", messages=MESSAGES) for _ in range(8)]
        answers = await asyncio.gather(*asking)
        assert all(answer.choices[0].message.content == "Hi" for answer in answers), answers
        stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])
        assert text == "Hello", text


def main():
    with openai.OpenAI(max_retries=0) as client:
        for act in (plain, streaming, headers, models, refusals):
            act(client)
            print(act.__name__, "well")
    asyncio.run(asynchronous())
    print("all well")


main()
