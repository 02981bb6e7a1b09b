package oauth

import (
	"context"
	"errors"
	"fmt"
)

// Issuers verifies the tokens of several issuers, each with its own keys and rules.
type Issuers []*Verifier

// Verify returns the content of a token. It uses the verifier of the issuer that the token names,
// which then checks that claim. The errors are those of [Verifier.Verify].
func (all Issuers) Verify(ctx context.Context, token string) (*Token, error) {
	if len(all) == 1 {
		return all[0].Verify(ctx, token)
	}
	issuer, _ := claimsOf(token)["iss"].(string) // which nothing verifies yet
	for _, v := range all {
		if v.c.Issuer == issuer {
			return v.Verify(ctx, token)
		}
	}
	return nil, fmt.Errorf("%w: %w", ErrToken, errors.New("it names none of the issuers that are accepted"))
}
