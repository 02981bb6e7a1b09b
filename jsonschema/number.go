package jsonschema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Limits of numbers. Validation computes exactly and would write 1e999999999 out in full.
const (
	maxDigits   = 1024 // characters of a number
	maxExponent = 1024
)

// CheckNumber returns an error when n is too long, or its exponent too large, for exact arithmetic.
// The error completes the phrase "a number that".
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

// CheckNumbers applies [CheckNumber] to all numbers in v, decoded JSON.
func CheckNumbers(v any) (err error) {
	jsonvalue.Has(v, func(v any) bool {
		if n, ok := v.(json.Number); ok {
			err = CheckNumber(n)
		}
		return err != nil
	})
	return err
}
