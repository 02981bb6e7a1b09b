package demo

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// Credentials of the sample API. They are public and protect nothing.
const (
	// APIKey gives access to the catalogue, in the header X-Api-Key.
	APIKey = "shop-key-7f3c9a52e1d84b06"
	// AdminUser and AdminPassword give access to the administration, with basic authentication or a
	// session cookie.
	AdminUser     = "root"
	AdminPassword = "root-demo-password"
	// ClientID is the only client of the token endpoint.
	ClientID = "shop-web"
)

// Password returns the password of a sample account.
func Password(username string) string { return username + "-demo-password" }

const sessionCookie = "shop_session"

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

// withAdmin serves h to requests with a session cookie or basic authentication of the
// administrator.
func (a *API) withAdmin(h handler) handler {
	return func(r *http.Request) reply {
		if !isAdmin(r) && !a.state.sessions[session(r)] {
			return signIn("Basic", "an administrator")
		}
		return h(r)
	}
}

func isAdmin(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	return user == AdminUser && password == AdminPassword
}

// session returns the session cookie of a request, or "".
func session(r *http.Request) string {
	if c, err := r.Cookie(sessionCookie); err == nil {
		return c.Value
	}
	return ""
}

// createSession exchanges basic authentication for a session cookie.
func (a *API) createSession(r *http.Request) reply {
	if !isAdmin(r) {
		return signIn("Basic", "an administrator")
	}
	id := digest("session", a.state.next("session"))[:24]
	a.state.sessions[id] = true
	c := http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
	return reply{status: http.StatusNoContent, header: map[string]string{"Set-Cookie": c.String()}}
}

func (a *API) deleteSession(r *http.Request) reply {
	delete(a.state.sessions, session(r))
	return noContent
}

// issue returns a token in the form of a JSON Web Token (RFC 7519).
func (a *API) issue(who *account) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	token := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(fmt.Sprintf(`{"sub":%q,"jti":%d}`, who.Username, a.state.next("token")))
	sum := sha256.Sum256([]byte(token))
	token += "." + part(string(sum[:]))
	a.state.tokens[token] = who
	return token
}

// token is the token endpoint (RFC 6749: the password and refresh_token grants).
func (a *API) token(r *http.Request) reply {
	name, secret, kind := r.PostFormValue("username"), r.PostFormValue("password"), r.PostFormValue("grant_type")
	if kind == "refresh_token" {
		name, secret, _ = strings.Cut(r.PostFormValue("refresh_token"), ".")
	}
	refresh := digest("refresh "+name, 0)
	who := a.state.accounts[name]
	if who == nil || secret != map[string]string{"password": Password(name), "refresh_token": refresh}[kind] || r.PostFormValue("client_id") != ClientID {
		return reply{status: http.StatusBadRequest, body: map[string]string{"error": "invalid_grant", "error_description": "the grant is not valid"}}
	}
	return reply{status: http.StatusOK, header: map[string]string{"Cache-Control": "no-store"}, body: map[string]any{
		"access_token": a.issue(who), "token_type": "Bearer", "expires_in": 2592000, "refresh_token": name + "." + refresh, "scope": "shop",
	}}
}

func (a *API) me(_ *http.Request, who *account) reply { return ok(who) }

// patchMe applies a merge patch (RFC 7396) to the caller's account.
func (a *API) patchMe(r *http.Request, who *account) reply {
	changed := *who
	switch {
	case !decode(r, &changed):
		return badJSON()
	case strings.TrimSpace(changed.FullName) == "":
		return invalid("full_name", "must not be empty")
	}
	who.FullName, who.Phone, who.Newsletter = changed.FullName, changed.Phone, changed.Newsletter
	return ok(who)
}
