package guard

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema checks values against a JSON Schema of draft 2020-12. Formats are asserted, patterns are ECMA-262
// with a time limit, numbers are exact, and no other document is fetched. It is safe for concurrent use.
type Schema struct{ s *jsonschema.Schema }

// CompileSchema compiles a schema: decoded JSON whose numbers are json.Number.
func CompileSchema(doc any) (*Schema, error) { return CompileSchemaAt(doc, "") }

// CompileSchemaAt compiles the part of a schema that a JSON Pointer leads to; its references are those of the whole.
func CompileSchemaAt(doc any, pointer string) (*Schema, error) {
	const at = "mem:///arguments.json"
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseRegexpEngine(engine)
	c.UseLoader(noLoader{})
	c.AssertFormat()
	for name, check := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	if err := c.AddResource(at, doc); err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	s, err := c.Compile(at + "#" + pointer)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return &Schema{s}, nil
}

// noLoader fetches nothing: a schema that points outside itself does not compile.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, errors.New("schema points outside itself")
}

// Check returns what is wrong with v, decoded JSON whose numbers are json.Number; nil when nothing is.
func (s *Schema) Check(v any) []Problem {
	err := s.s.Validate(v)
	if err == nil {
		return nil
	}
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		return []Problem{{Reason: "cannot be checked"}}
	}
	return problems(ve)
}

// formats are OpenAPI's beside those of JSON Schema, and some of those as wide as APIs use them: many leave the
// zone of a date-time out, have "_" in hosts, and addresses that RFC 5321 would not take.
var formats = map[string]func(any) error{
	"int32":     intFormat(32),
	"int64":     intFormat(64),
	"byte":      textFormat(func(s string) bool { _, err := DecodeBase64(s); return err == nil }),
	"date-time": textFormat(isDateTime),
	"uuid":      textFormat(regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`).MatchString),
	"email":     textFormat(regexp.MustCompile(`^[^@\s]+@[^@\s]+$`).MatchString),
	"hostname":  textFormat(regexp.MustCompile(`^[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?$`).MatchString),
	"time":      textFormat(regexp.MustCompile(`^\d\d:\d\d(:\d\d(\.\d+)?)?([zZ]|[-+]\d\d:?\d\d)?$`).MatchString),
	"uri":       textFormat(func(s string) bool { u, err := url.Parse(s); return err == nil && u.Scheme != "" }),
}

func textFormat(ok func(string) bool) func(any) error {
	return func(v any) error {
		if s, is := v.(string); is && !ok(s) {
			return errFormat
		}
		return nil
	}
}

// isDateTime takes RFC 3339, with or without a zone.
func isDateTime(s string) bool {
	if _, err := time.Parse(time.RFC3339, s); err == nil {
		return true
	}
	_, err := time.Parse("2006-01-02T15:04:05", s)
	return err == nil
}

var errFormat = errors.New("format")

func intFormat(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if _, err := strconv.ParseInt(string(n), 10, bits); err == nil {
			return nil
		}
		// 1e3 and 1.0 are integers too.
		f, err := strconv.ParseFloat(string(n), 64)
		limit := math.Ldexp(1, bits-1)
		if err != nil || f != math.Trunc(f) || f < -limit || f >= limit {
			return errFormat
		}
		return nil
	}
}

// limits of numbers: the exact arithmetic behind the checks would take 1e999999 literally.
const (
	maxDigits   = 1024
	maxExponent = 1024
)

// CheckNumber says whether a number is one that can be computed with exactly.
func CheckNumber(n json.Number) error {
	if len(n) > maxDigits {
		return fmt.Errorf("has more than %d digits", maxDigits)
	}
	if i := strings.IndexAny(string(n), "eE"); i >= 0 {
		e, err := strconv.Atoi(strings.TrimPrefix(string(n[i+1:]), "+"))
		if err != nil || e > maxExponent || e < -maxExponent {
			return fmt.Errorf("has an exponent beyond %d", maxExponent)
		}
	}
	return nil
}
