package pin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the kind of thing that a definition describes.
type Kind string

// The kinds of definitions.
const (
	Tool     Kind = "tool"
	Prompt   Kind = "prompt"
	Template Kind = "template" // of resources
	// Server is the name, version and instructions in a server's answer to initialize.
	Server Kind = "server"
)

// Definition is a server's description of one thing that it offers.
type Definition struct {
	Name string
	JSON jsontext.Value // as it was received
}

// Request is the member of a tool's definition with the request that its calls send, if the pinning
// program knows it.
const Request = "request"

// Hash returns the hash that a pin of a definition has.
func Hash(definition jsontext.Value) (string, error) {
	text, err := canonical(definition)
	if err != nil {
		return "", err
	}
	return hash(text), nil
}

// MaxDefinition bounds the canonical form of a definition, in bytes.
const MaxDefinition = 1 << 20

// canonical returns the form that is hashed: RFC 8785, but with integers and fractions as they are
// written, because two integers beyond 2^53 would look the same.
func canonical(v jsontext.Value) (jsontext.Value, error) {
	if len(v) > 2*MaxDefinition {
		return nil, errTooLarge
	}
	v = bytes.Clone(v)
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
		return nil, fmt.Errorf("the definition is not valid JSON: %w", err)
	}
	if len(v) > MaxDefinition {
		return nil, errTooLarge
	}
	return v, nil
}

var errTooLarge = errors.New("the definition is larger than 1 MiB")

// hash returns the hash of a canonical form, in hex.
func hash(canonical jsontext.Value) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
