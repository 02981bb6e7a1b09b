package oauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Issuers verifies the tokens of several issuers, each with its own keys and rules.
type Issuers []*Verifier

// Verify returns the content of a token. It uses the verifier of the issuer that the token names,
// which then checks that claim. The errors are those of [Verifier.Verify].
func (all Issuers) Verify(ctx context.Context, token string) (*Token, error) {
	if len(all) == 1 {
		return all[0].Verify(ctx, token)
	}
	issuer := issuerOf(token)
	for _, v := range all {
		if v.c.Issuer == issuer {
			return v.Verify(ctx, token)
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrToken, errors.New("it names none of the issuers that are accepted"))
}

// issuerOf returns the issuer that a token names, or "". It verifies nothing.
func issuerOf(token string) string {
	if len(token) > maxToken {
		return ""
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	if err != nil {
		return ""
	}
	claims, err := object(text)
	if err != nil {
		return ""
	}
	issuer, _ := claims["iss"].(string)
	return issuer
}
