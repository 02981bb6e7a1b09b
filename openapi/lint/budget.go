package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/openapi"
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
// JSON by its values, YAML by its indicators first, which are never fewer than half of its values.
func (b Budget) admits(data []byte) error {
	if b == (Budget{}) {
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !json.Valid(data) {
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
		data = texts[0]
	}
	switch values, names := openapi.Measure(data); {
	case b.Values > 0 && values > b.Values:
		return fmt.Errorf("%w: the document has more than %d values", ErrTooMuch, b.Values)
	case b.Names > 0 && names > b.Names:
		return fmt.Errorf("%w: names and nesting of the document are too long: pointers to its values take more than "+
			"%d MiB", ErrTooMuch, b.Names>>20)
	}
	return nil
}
