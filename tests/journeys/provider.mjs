// An OpenID provider that is not ours (npm oidc-provider), for one test file: it signs in whoever is named in the address.
import { generateKeyPairSync } from 'node:crypto'
import { Provider } from 'oidc-provider'

const given = JSON.parse(process.env.PROVIDER)
const issuer = `http://127.0.0.1:${given.port}`
const key = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${alg}-key`,
})
const provider = new Provider(issuer, {
  clients: given.clients,
  jwks: { keys: [key('rsa', { modulusLength: 2048 }, 'RS256'), key('ec', { namedCurve: 'P-256' }, 'ES256')] },
  cookies: { keys: ['of this test'] },
  features: { devInteractions: { enabled: false } },
  acrValues: ['two-factors'],
  claims: {
    openid: ['sub', 'acr', 'amr'],
    profile: ['name', 'eduperson_scoped_affiliation', 'roles'],
    email: ['email', 'email_verified'],
  },
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['RS256', 'ES256'] },
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options), // its own guard refuses this machine
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, ...given.people[id] }) }),
})
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next()
  const { params } = await provider.interactionDetails(ctx.req, ctx.res)
  const accountId = ctx.query.login
  if (!accountId) { ctx.body = 'Who are you?'; return undefined }
  const grant = new provider.Grant({ accountId, clientId: params.client_id })
  grant.addOIDCScope('openid profile email')
  const login = { accountId, amr: ctx.query.amr ? ctx.query.amr.split(' ') : undefined, acr: ctx.query.acr }
  return provider.interactionFinished(ctx.req, ctx.res, { login, consent: { grantId: await grant.save() } })
})
provider.listen(given.port, '127.0.0.1', () => console.log('ready'))
