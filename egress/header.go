package egress

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/spectap/spectap/flow"
)

// Pair is a name with its value.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CheckHeader is [flow.CheckHeader] with errors that are [ErrHeader].
func CheckHeader(name, value string) error {
	if err := flow.CheckHeader(name, value); err != nil {
		return fmt.Errorf("%w: %w", ErrHeader, err)
	}
	return nil
}

// checkCookie returns an error when a cookie cannot be sent (RFC 6265, section 4.1.1, but spaces
// and commas are allowed).
func checkCookie(p Pair) error {
	if !httpguts.ValidHeaderFieldName(p.Name) {
		return fmt.Errorf("%w: the name of a cookie is not a token", ErrHeader)
	}
	if strings.ContainsFunc(p.Value, func(r rune) bool { return r < 0x20 || r == 0x7f || r == ';' }) {
		return fmt.Errorf("%w: the cookie %s has a character that would end it", ErrHeader, p.Name)
	}
	return nil
}

// requestHeader returns the header of a request. Credentials replace headers and cookies of the
// call.
func requestHeader(c *Call, credentials []Credential) (http.Header, error) {
	h := make(http.Header, len(c.Header)+2)
	for _, p := range c.Header {
		if err := CheckHeader(p.Name, p.Value); err != nil {
			return nil, err
		}
		if strings.EqualFold(p.Name, "Cookie") {
			return nil, fmt.Errorf("%w: a call has its cookies apart from its header", ErrHeader)
		}
		h.Add(p.Name, p.Value)
	}
	cookies := slices.Clone(c.Cookies)
	for _, cr := range credentials {
		switch cr.In {
		case InHeader:
			if err := CheckHeader(cr.Name, cr.Value); err != nil {
				return nil, err
			}
			h.Set(cr.Name, cr.Value)
		case InCookie:
			cookies = slices.DeleteFunc(cookies, func(p Pair) bool { return p.Name == cr.Name })
			cookies = append(cookies, Pair{cr.Name, cr.Value})
		case InDigest:
			h.Del(cr.Name)
		}
	}
	hideIdempotencyKeys(h)
	line, err := cookieLine(cookies)
	if err != nil {
		return nil, err
	}
	if line != "" {
		h.Set("Cookie", line)
	}
	return h, nil
}

// hideIdempotencyKeys writes the names of these headers in lower case, which means the same to a
// server. With the canonical names net/http would send a write again by itself when a connection
// breaks; it does so with reads in any case.
func hideIdempotencyKeys(h http.Header) {
	for _, name := range [...]string{"Idempotency-Key", "X-Idempotency-Key"} {
		if v, ok := h[name]; ok {
			delete(h, name)
			h[strings.ToLower(name)] = v
		}
	}
}

// cookieLine returns the value of the Cookie header, "" without cookies.
func cookieLine(cookies []Pair) (string, error) {
	line := make([]string, len(cookies))
	for i, p := range cookies {
		if err := checkCookie(p); err != nil {
			return "", err
		}
		line[i] = p.Name + "=" + p.Value
	}
	return strings.Join(line, "; "), nil
}
