/** A form as clients send it. @returns its headers and its body, base64 as the gateway passes it on */
export async function formOf(fields: Readonly<Record<string, string | File>>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const response = new Response(form);
  return {
    headers: { 'content-type': response.headers.get('content-type') ?? '' },
    body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    base64: true,
  };
}
