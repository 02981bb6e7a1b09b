package lint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow/decode"
)

// ErrTooMuch is the error for a document that exceeds its [Budget].
var ErrTooMuch = errors.New("too much to check")

// Budget bounds the documents that [Check] reads, so that time and memory are bounded. A field that
// is zero sets no bound.
type Budget struct {
	// Values bounds the number of JSON values. Checking takes about 2 KB for each.
	Values int
	// Names bounds the length of the pointers to all values together, in bytes: each finding has
	// one.
	Names int
}

// DefaultBudget returns the budget of [Handler]. The largest public documents have half as many
// values.
func DefaultBudget() Budget { return Budget{Values: 1_000_000, Names: 256 << 20} }

// admits returns an error if a document exceeds the budget. Before it builds anything, it counts:
// JSON by its tokens, YAML by its indicators, which are never fewer than half of its values.
func (b Budget) admits(ctx context.Context, data []byte) error {
	if b == (Budget{}) {
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if json.Valid(data) {
		return b.admitsJSON(ctx, data)
	}
	indicators := 0
	for _, c := range data {
		switch c {
		case ',', ':', '[', '{', '-', '?', '\n', '\r':
			indicators++
		}
	}
	if b.Values > 0 && indicators > 4*b.Values {
		return fmt.Errorf("%w: the document has more than %d lines, commas, colons and brackets", ErrTooMuch, 4*b.Values)
	}
	texts, err := decode.YAML(data, true)
	if err != nil || len(texts) != 1 {
		return nil // the reader of the document reports it
	}
	return b.admitsJSON(ctx, texts[0])
}

// checkEvery is the number of tokens between two looks at the context.
const checkEvery = 4096

// admitsJSON is admits for JSON.
func (b Budget) admitsJSON(ctx context.Context, data []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	values, names := 0, 0
	pointers := []int{0} // lengths of the pointers to the open objects and arrays
	pointer := 0         // length of the pointer to the next value
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		in, i := d.StackIndex(d.StackDepth())
		t, err := d.ReadToken()
		if err != nil {
			return nil // the end, or the reader of the document reports it
		}
		open := pointers[len(pointers)-1]
		switch kind := t.Kind(); {
		case kind == jsontext.KindEndObject || kind == jsontext.KindEndArray:
			pointers = pointers[:len(pointers)-1]
			continue
		case in == jsontext.KindBeginObject && i%2 == 0:
			pointer = open + 1 + len(t.String())
			continue
		case in == jsontext.KindBeginArray:
			pointer = open + 1 + len("123456")
		}
		if k := t.Kind(); k == jsontext.KindBeginObject || k == jsontext.KindBeginArray {
			pointers = append(pointers, pointer)
		}
		values, names = values+1, names+pointer
		switch {
		case b.Values > 0 && values > b.Values:
			return fmt.Errorf("%w: the document has more than %d values", ErrTooMuch, b.Values)
		case b.Names > 0 && names > b.Names:
			return fmt.Errorf("%w: names and nesting of the document are too long: pointers to its values take more than "+
				"%d MiB", ErrTooMuch, b.Names>>20)
		}
	}
}
