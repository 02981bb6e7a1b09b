package security

import (
	"cmp"
	"slices"
	"strings"
)

// grantFlows maps grant types to the flows that OpenAPI defines for them.
var grantFlows = map[string]string{"client_credentials": "clientCredentials", "password": "password",
	"authorization_code": "authorizationCode"}

const grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// provider is the authorization server that all operations together show.
type provider struct {
	tokens         map[string]string // from a grant type to the URL of the token endpoint
	authorizations map[string]string // from a response type to the URL of the authorization endpoint
	configured     map[string]string // endpoints in provider configurations, by field
	device         string            // URL of the device authorization endpoint
	discovery      string            // URL of the OpenID configuration
	challenges     []string          // methods of Proof Key for Code Exchange, sorted
	scopes         []string          // sorted
}

// findProvider reads the signs of all operations, including those that the document leaves out. An
// authorization endpoint that only redirects browsers is no operation, but logins begin there.
func findProvider(operations []Operation) *provider {
	p := &provider{tokens: map[string]string{}, authorizations: map[string]string{}, configured: map[string]string{}}
	for _, op := range operations {
		p.scopes = append(p.scopes, op.OAuth.Scopes.Names()...)
		if op.URL == "" {
			continue
		}
		for _, sign := range op.OAuth.Signs.Names() {
			p.read(sign, op.URL)
		}
	}
	if u := p.configured["authorization_endpoint"]; u != "" && p.authorizations["code"] == "" {
		p.authorizations["code"] = u
	}
	hasCode := p.authorizations["code"] != ""
	if u := p.configured["token_endpoint"]; u != "" && hasCode && p.tokens["authorization_code"] == "" {
		p.tokens["authorization_code"] = u
	}
	p.device = cmp.Or(p.device, p.configured["device_authorization_endpoint"])
	slices.Sort(p.challenges)
	slices.Sort(p.scopes)
	p.challenges, p.scopes = slices.Compact(p.challenges), slices.Compact(p.scopes)
	return p
}

// read adds one sign of the operation at this URL.
func (p *provider) read(sign, operationURL string) {
	switch kind, word, _ := strings.Cut(sign, " "); kind + " " {
	case signGrant:
		setSmallest(p.tokens, word, operationURL)
	case signResponse:
		setSmallest(p.authorizations, word, operationURL)
	case signChallenge:
		p.challenges = append(p.challenges, word)
	case signDevice + " ":
		p.device = operationURL
	case signDiscovery + " ":
		// Other paths hold the metadata of RFC 8414, which is OAuth without OpenID Connect.
		if strings.HasSuffix(operationURL, "/.well-known/openid-configuration") {
			p.discovery = operationURL
		}
	case signEndpoint:
		field, u, _ := strings.Cut(word, " ")
		setSmallest(p.configured, field, u)
	}
}

// setSmallest keeps the smallest of several values, so that their order does not matter.
func setSmallest(m map[string]string, key, value string) {
	if old, ok := m[key]; !ok || value < old {
		m[key] = value
	}
}

// schemes returns the schemes of OAuth 2.0 and OpenID Connect. The note holds facts that OpenAPI
// has no fields for, if there is no OAuth scheme to describe them; it then belongs to the bearer
// token.
func (p *provider) schemes() (schemes []Scheme, note string) {
	s := Scheme{Name: "oauth2", Type: "oauth2"}
	var notes []string
	for _, grant := range sortedKeys(grantFlows) {
		f := OAuthFlow{Kind: grantFlows[grant], TokenURL: p.tokens[grant], Scopes: p.scopes}
		if grant != "client_credentials" { // a client with credentials requests another token (RFC 6749, section 4.4.3)
			f.RefreshURL = p.tokens["refresh_token"]
		}
		switch {
		case f.TokenURL == "":
			continue
		case grant == "authorization_code" && p.authorizations["code"] == "":
			notes = append(notes, "OAuth 2.0 authorization code; token endpoint: "+f.TokenURL)
			continue
		case grant == "authorization_code":
			f.AuthorizationURL = p.authorizations["code"]
		}
		s.Flows = append(s.Flows, f)
	}
	if u := p.authorizations["token"]; u != "" {
		s.Flows = append(s.Flows, OAuthFlow{Kind: "implicit", AuthorizationURL: u, Scopes: p.scopes})
	}
	if len(p.challenges) > 0 {
		notes = append(notes, "Proof Key for Code Exchange (RFC 7636): "+strings.Join(p.challenges, ", ")+".")
	}
	if u := p.tokens[grantDevice]; u != "" && p.device != "" {
		notes = append(notes, "Devices (RFC 8628): codes from "+p.device+", tokens from "+u+".")
	}
	note = strings.Join(notes, " ")
	if len(s.Flows) > 0 {
		s.Description, note = note, ""
		schemes = append(schemes, s)
	}
	if p.discovery != "" {
		schemes = append(schemes, Scheme{Name: "openId", Type: "openIdConnect", OpenIDURL: p.discovery})
	}
	return schemes, note
}
