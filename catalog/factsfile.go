package catalog

// Files of facts have what was learned from a capture, without the traffic. Files of several
// captures are merged, in any order, into the facts of all.
//
// A file is the line "spectap model 1", a line of JSON, and the model as a zstd frame.
// docs/scale.md says what a file reveals.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/infer"
)

// magic is the first line of a file.
const magic = "spectap model 1\n"

// MaxFactsFile and maxModel bound a file, and the model in it when it is decompressed, in bytes.
const (
	MaxFactsFile = 256 << 20
	maxModel     = 1 << 30
)

// Errors of [DecodeFacts].
var (
	// ErrNotFacts means that the data is not a file of this package.
	ErrNotFacts = errors.New("not a file of facts")
	// ErrFactsVersion means that another version of the program wrote the file.
	ErrFactsVersion = errors.New("the file of facts is of another version")
	// ErrFactsDamaged means that the file cannot be read.
	ErrFactsDamaged = errors.New("the file of facts is damaged")
)

// head is the second line of a file.
type head struct {
	Unfinished map[string]int64 `json:"unfinished,omitempty"`
}

// IsFactsFile reports whether data begins like a file of facts, of any version.
func IsFactsFile(data []byte) bool { return bytes.HasPrefix(data, []byte(magic[:len(magic)-2])) }

// EncodeFacts returns the content of a file.
func EncodeFacts(f Facts) ([]byte, error) {
	model, err := f.Model.AppendBinary(nil)
	if err != nil {
		return nil, fmt.Errorf("encode facts: %w", err)
	}
	line, _ := json.Marshal(head{f.Unfinished})                 // a map of numbers: cannot fail
	z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // with options that are valid
	return z.EncodeAll(model, append(append([]byte(magic), line...), '\n')), nil
}

// DecodeFacts reads the content of a file.
func DecodeFacts(data []byte) (Facts, error) {
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		if IsFactsFile(data) {
			return Facts{}, ErrFactsVersion
		}
		return Facts{}, ErrNotFacts
	}
	line, packed, ok := bytes.Cut(rest, []byte("\n"))
	var h head
	if !ok || json.Unmarshal(line, &h) != nil {
		return Facts{}, ErrFactsDamaged
	}
	z, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxModel)) // valid options
	defer z.Close()
	model, err := z.DecodeAll(packed, nil)
	if err != nil {
		return Facts{}, fmt.Errorf("%w: %w", ErrFactsDamaged, err)
	}
	f := Facts{Model: infer.New(), Unfinished: h.Unfinished}
	switch err := f.Model.UnmarshalBinary(model); {
	case errors.Is(err, infer.ErrVersion):
		return Facts{}, fmt.Errorf("%w: %w", ErrFactsVersion, err)
	case err != nil:
		return Facts{}, fmt.Errorf("%w: %w", ErrFactsDamaged, err)
	}
	return f, nil
}
