// Ollama's and OpenAI's own JavaScript clients against a real server (SAMOVAR_URL).
import assert from 'node:assert/strict';
import test from 'node:test';

import { Ollama } from 'ollama';
import OpenAI from 'openai';

const MODEL = 'smollm2:135m';
const url = process.env.SAMOVAR_URL;
const ollama = new Ollama({ host: url });
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none needed', maxRetries: 0 });
const exact = { temperature: 0, num_predict: 16 };
const schema = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 }, people: { type: 'integer', minimum: 0 } },
  required: ['city', 'people'],
  additionalProperties: false,
};

test('ollama: a stream adds up to the whole', async () => {
  const messages = [{ role: 'user', content: 'What is 2+2?' }];
  const whole = await ollama.chat({ model: MODEL, messages, options: exact });
  let text = '';
  for await (const part of await ollama.chat({ model: MODEL, messages, options: exact, stream: true })) {
    text += part.message.content;
  }
  assert.equal(text, whole.message.content);
  assert.match(text, /4/);
});

test('ollama: structured output and embeddings', async () => {
  const answer = await ollama.chat({
    model: MODEL,
    messages: [{ role: 'user', content: 'Tell me about Paris.' }],
    format: schema,
    options: { temperature: 1, seed: 3, num_predict: 200 },
  });
  const found = JSON.parse(answer.message.content);
  assert.deepEqual(Object.keys(found), ['city', 'people']);
  assert.ok(Number.isInteger(found.people) && found.people >= 0);
  const { embeddings } = await ollama.embed({ model: MODEL, input: ['hello', 'world'] });
  assert.deepEqual(embeddings.map((vector) => vector.length), [576, 576]);
});

test('ollama: a missing model is an error with its name', async () => {
  await assert.rejects(ollama.generate({ model: 'nosuch', prompt: 'x' }), /model 'nosuch' not found/);
});

test('openai: chat, stream and structured output', async () => {
  const messages = [{ role: 'user', content: 'What is 2+2?' }];
  const whole = await openai.chat.completions.create({ model: MODEL, messages, temperature: 0, max_tokens: 16 });
  const stream = await openai.chat.completions.create({ model: MODEL, messages, temperature: 0, max_tokens: 16, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
  assert.equal(text, whole.choices[0].message.content);
  const formed = await openai.chat.completions.create({
    model: MODEL,
    messages,
    max_tokens: 200,
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema, strict: true } },
  });
  assert.deepEqual(Object.keys(JSON.parse(formed.choices[0].message.content)), ['city', 'people']);
});

test('openai: responses, whole and streamed', async () => {
  const request = { model: MODEL, input: 'What is 2+2?', temperature: 0, max_output_tokens: 16 };
  const whole = await openai.responses.create(request);
  let text = '';
  let last;
  for await (const event of await openai.responses.create({ ...request, stream: true })) {
    if (event.type === 'response.output_text.delta') text += event.delta;
    last = event;
  }
  assert.equal(text, whole.output_text);
  assert.ok(['response.completed', 'response.incomplete'].includes(last.type));
  assert.equal(last.response.output[0].content[0].text, text);
});

test('openai: embeddings', async () => {
  const { data, usage } = await openai.embeddings.create({ model: MODEL, input: 'hello' });
  assert.equal(data[0].embedding.length, 576);
  assert.equal(usage.prompt_tokens, 1);
});
