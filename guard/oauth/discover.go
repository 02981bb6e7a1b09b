package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Metadata is the published metadata of an issuer (RFC 8414). KeysURL and TokenURL are https, or
// http on loopback; the other URLs are not checked.
type Metadata struct {
	Issuer   string `json:"issuer"`
	KeysURL  string `json:"jwks_uri"`
	TokenURL string `json:"token_endpoint"`
	// AuthMethods are how clients may authenticate at TokenURL; nil means client_secret_basic.
	AuthMethods []string `json:"token_endpoint_auth_methods_supported"`

	AuthorizationURL string   `json:"authorization_endpoint"`
	DeviceURL        string   `json:"device_authorization_endpoint"` // RFC 8628
	RegistrationURL  string   `json:"registration_endpoint"`         // RFC 7591
	RevocationURL    string   `json:"revocation_endpoint"`           // RFC 7009
	Scopes           []string `json:"scopes_supported"`
	Challenges       []string `json:"code_challenge_methods_supported"` // of PKCE
	// NamesIssuer says that authorization responses have the issuer (RFC 9207).
	NamesIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// SecretInBody reports whether clients send secrets to TokenURL in the body, and not in a header.
func (m *Metadata) SecretInBody() bool {
	return m.AuthMethods != nil && !slices.Contains(m.AuthMethods, "client_secret_basic")
}

// Discover returns the metadata of an issuer. It requests the OAuth metadata (RFC 8414) and then
// the OpenID Connect metadata, and refuses the metadata of another issuer.
func Discover(ctx context.Context, fetch Fetch, issuer string) (*Metadata, error) {
	var why []error
	for _, at := range metadataURLs(issuer) {
		data, err := fetch(ctx, at)
		if err != nil {
			why = append(why, fmt.Errorf("%s: %w", at, err))
			continue
		}
		m, err := parseMetadata(data, issuer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		return m, nil
	}
	return nil, fmt.Errorf("the issuer %s has no metadata: %w", issuer, errors.Join(why...))
}

func parseMetadata(data []byte, issuer string) (*Metadata, error) {
	var m Metadata
	if json.Unmarshal(data, &m) != nil {
		return nil, errors.New("it is no JSON object of metadata")
	}
	if m.Issuer != issuer { // RFC 8414, section 3.3
		return nil, errors.New("it is the metadata of another issuer: compare the URLs, also their last slash")
	}
	for _, u := range []string{m.KeysURL, m.TokenURL} {
		if u != "" && CheckURL(u) != nil {
			return nil, errors.New("a URL in it is not https")
		}
	}
	return &m, nil
}

// metadataURLs returns the possible URLs of an issuer's metadata, in the order in which MCP clients
// try them (MCP 2025-11-25, authorization server metadata discovery).
func metadataURLs(issuer string) []string {
	u, err := url.Parse(issuer)
	if err != nil {
		return nil
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	origin := u.Scheme + "://" + u.Host
	all := []string{origin + "/.well-known/oauth-authorization-server" + path, origin + "/.well-known/openid-configuration" + path}
	if path != "" {
		all = append(all, origin+path+"/.well-known/openid-configuration")
	}
	return all
}
