package demo

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
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

// withKey serves h to requests with the API key.
func (a *API) withKey(h handler) http.Handler {
	return a.open(func(r *http.Request) (reply, error) {
		if !hmac.Equal([]byte(r.Header.Get("X-Api-Key")), []byte(APIKey)) {
			return reply{}, signIn(`ApiKey realm="shop"`, "a valid X-Api-Key")
		}
		return h(r)
	})
}

type accountKey struct{}

// caller returns the account that withBearer found.
func caller(r *http.Request) *account { return r.Context().Value(accountKey{}).(*account) }

// withBearer serves h to requests with a valid token.
func (a *API) withBearer(h handler) http.Handler {
	return a.open(func(r *http.Request) (reply, error) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		who := a.holder(token)
		if !isBearer || who == nil {
			return reply{}, signIn(`Bearer realm="shop"`, "a valid bearer token")
		}
		return h(r.WithContext(context.WithValue(r.Context(), accountKey{}, who)))
	})
}

// withAdmin serves h to requests with a session cookie or basic authentication of the
// administrator.
func (a *API) withAdmin(h handler) http.Handler {
	return a.open(func(r *http.Request) (reply, error) {
		if c, err := r.Cookie(sessionCookie); err == nil && a.state.sessions[c.Value] {
			return h(r)
		}
		if !isAdmin(r) {
			return reply{}, signIn(`Basic realm="shop"`, "an administrator")
		}
		return h(r)
	})
}

func isAdmin(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	return user == AdminUser && hmac.Equal([]byte(password), []byte(AdminPassword))
}

// claims are the claims of a token.
type claims struct {
	Subject string `json:"sub"`
	Scope   string `json:"scope"`
	Issued  int64  `json:"iat"`
	Expires int64  `json:"exp"`
	ID      string `json:"jti"`
}

var tokenKey = sha256.Sum256([]byte("shop tokens"))

func sign(text string) string {
	m := hmac.New(sha256.New, tokenKey[:])
	m.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// issue returns a JSON Web Token (RFC 7519, HS256).
func issue(c claims) string {
	body, _ := json.Marshal(c)
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + sign(text)
}

// holder returns the account of a token, or nil if the token is invalid or has expired.
func (a *API) holder(token string) *account {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || !hmac.Equal([]byte(token[i+1:]), []byte(sign(token[:i]))) {
		return nil
	}
	_, payload, _ := strings.Cut(token[:i], ".")
	body, err := base64.RawURLEncoding.DecodeString(payload)
	var c claims
	if err != nil || json.Unmarshal(body, &c) != nil || a.state.now().Unix() >= c.Expires {
		return nil
	}
	return a.byName(c.Subject)
}

func (a *API) byName(username string) *account {
	for _, who := range a.state.accounts {
		if who.Username == username {
			return who
		}
	}
	return nil
}

// token is the token endpoint (RFC 6749: the password and refresh_token grants).
func (a *API) token(r *http.Request) (reply, error) {
	if err := r.ParseForm(); err != nil {
		return reply{}, err
	}
	refused := func(code, text string) (reply, error) {
		return reply{status: http.StatusBadRequest, json: map[string]string{"error": code, "error_description": text}}, nil
	}
	var who *account
	switch r.PostForm.Get("grant_type") {
	case "password":
		who = a.byName(r.PostForm.Get("username"))
		if who == nil || r.PostForm.Get("password") != who.password {
			return refused("invalid_grant", "user name or password is wrong")
		}
	case "refresh_token":
		name, rest, _ := strings.Cut(r.PostForm.Get("refresh_token"), ".")
		if who = a.byName(name); who == nil || rest != sign("refresh "+name) {
			return refused("invalid_grant", "the refresh token is not valid")
		}
	default:
		return refused("unsupported_grant_type", "grant_type must be password or refresh_token")
	}
	if r.PostForm.Get("client_id") != ClientID {
		return refused("invalid_client", "no such client")
	}
	now := a.state.now()
	const life = 30 * 24 * time.Hour
	token := issue(claims{who.Username, "shop", now.Unix(), now.Add(life).Unix(), short("token", a.state.next("token"))})
	return reply{status: http.StatusOK, header: map[string]string{"Cache-Control": "no-store"}, json: map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(life / time.Second),
		"refresh_token": who.Username + "." + sign("refresh "+who.Username), "scope": "shop",
	}}, nil
}

// createSession exchanges basic authentication for a session cookie.
func (a *API) createSession(r *http.Request) (reply, error) {
	if !isAdmin(r) {
		return reply{}, signIn(`Basic realm="shop"`, "an administrator")
	}
	id := short("session", a.state.next("session")) + short("session tail", a.state.counters["session"])
	a.state.sessions[id] = true
	c := http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
	return reply{status: http.StatusNoContent, header: map[string]string{"Set-Cookie": c.String()}}, nil
}

func (a *API) deleteSession(r *http.Request) (reply, error) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		delete(a.state.sessions, c.Value)
	}
	return noContent()
}
