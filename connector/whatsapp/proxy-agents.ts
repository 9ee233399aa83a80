import type { Agent } from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { SocksProxyAgent } from 'socks-proxy-agent';
import { type Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import type { Proxy } from '../config.ts';

/** Everything that a connection through a proxy dials with. Names are looked up by the proxy, not here. */
export interface ProxyAgents {
  /** For the WebSocket and for uploads. */
  readonly agent: Agent;
  /** For downloads, which use fetch. */
  readonly dispatcher: Dispatcher;
}

/** Made once for each proxy: an agent keeps its connections. */
export function makeProxyAgents(): (proxy: Proxy) => ProxyAgents {
  const made = new Map<string, ProxyAgents>();
  return (proxy) => {
    const known = made.get(proxy.name);
    if (known) return known;
    const agents = agentsOf(proxy);
    made.set(proxy.name, agents);
    return agents;
  };
}

function agentsOf(proxy: Proxy): ProxyAgents {
  const url = urlOf(proxy);
  switch (proxy.protocol) {
    case 'http':
    case 'https':
      return { agent: new HttpsProxyAgent(url), dispatcher: new ProxyAgent(url.href) };
    case 'socks5':
      return { agent: new SocksProxyAgent(url), dispatcher: new Socks5ProxyAgent(socks5(url)) };
  }
}

/** With `socks5h`, the proxy looks the names up. */
function urlOf({ protocol, host, port, credentials }: Proxy): URL {
  const url = new URL(
    `${protocol === 'socks5' ? 'socks5h' : protocol}://${host.includes(':') ? `[${host}]` : host}:${port}`,
  );
  const [user = '', ...rest] = (credentials ?? '').split(':');
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(rest.join(':'));
  return url;
}

const socks5 = (url: URL): string => url.href.replace(/^socks5h:/, 'socks5:');
