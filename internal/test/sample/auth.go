package sample

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// Credentials of the sample API. They are public and protect nothing.
const (
	// APIKey gives access to the catalogue, in the header X-Api-Key.
	APIKey = "shop-key-7f3c9a52e1d84b06"
	// AdminUser and AdminPassword give access to the administration, with basic authentication.
	AdminUser     = "root"
	AdminPassword = "root-demo-password"
	// ClientID is the only client of the token endpoint.
	ClientID = "shop-web"
)

// Password returns the password of a sample account.
func Password(username string) string { return username + "-demo-password" }

// signIn returns a 401 with a challenge (RFC 9110, section 11.6.1).
func signIn(scheme, what string) reply {
	res := fail(http.StatusUnauthorized, "unauthorized", "%s is needed", what)
	res.header = map[string]string{"WWW-Authenticate": scheme + ` realm="shop"`}
	return res
}

// withKey serves h to requests with the API key.
func withKey(h handler) handler {
	return func(r *http.Request) reply {
		if r.Header.Get("X-Api-Key") != APIKey {
			return signIn("ApiKey", "a valid X-Api-Key")
		}
		return h(r)
	}
}

// withBearer serves h to requests with a token, and passes its account.
func (a *API) withBearer(h func(*http.Request, *account) reply) handler {
	return func(r *http.Request) reply {
		who := a.state.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
		if who == nil {
			return signIn("Bearer", "a valid bearer token")
		}
		return h(r, who)
	}
}

// withAdmin serves h to requests with basic authentication of the administrator.
func withAdmin(h handler) handler {
	return func(r *http.Request) reply {
		if user, password, _ := r.BasicAuth(); user != AdminUser || password != AdminPassword {
			return signIn("Basic", "an administrator")
		}
		return h(r)
	}
}

// token is the token endpoint (RFC 6749, section 4.3). A token has the form of a JSON Web Token
// (RFC 7519).
func (a *API) token(r *http.Request) reply {
	name := r.PostFormValue("username")
	who := a.state.accounts[name]
	if who == nil || r.PostFormValue("password") != Password(name) || r.PostFormValue("grant_type") != "password" || r.PostFormValue("client_id") != ClientID {
		return reply{status: http.StatusBadRequest, body: object{"error": "invalid_grant", "error_description": "the grant is not valid"}}
	}
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	token := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(fmt.Sprintf(`{"sub":%q,"jti":%d}`, name, a.state.next("token")))
	token += "." + part(digest(token, 0))
	a.state.tokens[token] = who
	return reply{status: http.StatusOK, header: map[string]string{"Cache-Control": "no-store"}, body: object{
		"access_token": token, "token_type": "Bearer", "expires_in": 2592000, "scope": "shop",
	}}
}

// patchMe applies a merge patch (RFC 7396) to the caller's account.
func patchMe(r *http.Request, who *account) reply {
	changed := *who
	switch {
	case !decode(r, &changed):
		return badJSON
	case strings.TrimSpace(changed.FullName) == "":
		return invalid("full_name", "must not be empty")
	}
	who.FullName, who.Phone, who.Newsletter = changed.FullName, changed.Phone, changed.Newsletter
	return ok(who)
}
