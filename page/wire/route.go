// Package wire declares the calls and feeds of the page: their names, types and implementations.
//
// A declaration is the only definition of the page's API. The server in package page serves it, and
// a test there writes the client of the page from it, so that both sides have the same types. Every
// call is a POST of JSON, which no page of another origin can send without asking first. A feed is
// a stream of events that a page can resume. Read route.go first, then feed.go.
package wire

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Panel is a part of the page with calls and feeds of its own.
type Panel struct {
	// Name is a lower-case word. It is the folder of the panel's sources and the beginning of the
	// paths of its calls.
	Name  string
	Calls []Call
	Feeds []Feed
}

// Call is one function that the page can call.
type Call struct {
	Name    string // in camel case, as in TypeScript
	In, Out reflect.Type
	// Answer decodes the argument and returns the result: a value for JSON, or a *File.
	Answer func(ctx context.Context, in []byte) (any, error)
}

// File is a result that the page saves as a file.
type File struct {
	Name  string // without a path
	Type  string // media type
	Write func(w io.Writer) error
}

// NewCall declares a call. In and Out are structs with JSON names; a member that is not required
// has omitempty or omitzero. f may be called from several goroutines. The page shows the text of an
// [*Error]; of other errors it learns only that there was one.
func NewCall[In, Out any](name string, f func(context.Context, In) (Out, error)) Call {
	return Call{
		Name: name, In: reflect.TypeFor[In](), Out: reflect.TypeFor[Out](),
		Answer: func(ctx context.Context, data []byte) (any, error) {
			in, err := decode[In](data)
			if err != nil {
				return nil, err
			}
			return f(ctx, in)
		},
	}
}

// decode reads an argument. Members that the type lacks are errors.
func decode[In any](data []byte) (in In, err error) {
	if err := json.Unmarshal(data, &in, json.RejectUnknownMembers(true)); err != nil {
		return in, &Error{Message: "the argument of the call is not valid: " + plain(err)}
	}
	return in, nil
}

// plain returns the message of an error of the JSON library without its Go types.
func plain(err error) string {
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		return "wrong value at " + string(semantic.JSONPointer)
	}
	if errors.As(err, new(*jsontext.SyntacticError)) {
		return "no JSON"
	}
	return "not readable"
}

// Encode writes a value as JSON. Empty lists are [], and no text can end a script element.
func Encode(w io.Writer, v any) error {
	return json.MarshalWrite(w, v, json.Deterministic(true), jsontext.EscapeForHTML(true), jsontext.AllowInvalidUTF8(true))
}

// Error is an error that the page shows.
type Error struct {
	Message string `json:"message"`
	// Try is a suggestion for the person.
	Try string `json:"try,omitempty"`
	// Column is the place of a mistake in the text that the person wrote, in characters from 1.
	Column int `json:"column,omitzero"`
	// NotFound means that the call names something that does not exist.
	NotFound bool `json:"not_found,omitzero"`
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Readable converts an error with a text for people to one that the page shows. An error in missing
// becomes one with NotFound.
func Readable(err error, missing ...error) error {
	if err == nil || errors.As(err, new(*Error)) {
		return err
	}
	isMissing := slices.ContainsFunc(missing, func(m error) bool { return errors.Is(err, m) })
	return &Error{Message: strings.ReplaceAll(err.Error(), "\n", "; "), NotFound: isMissing}
}
