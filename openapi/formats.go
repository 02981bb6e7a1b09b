package openapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

var errFormat = errors.New("not of the format")

// formats are the formats that are checked. Others say nothing.
//
// They are as wide as the APIs that state them: many leave the zone of a date-time out, and version digits of a
// UUID are not looked at.
func formats() map[string]func(any) error {
	text := func(ok func(string) bool) func(any) error {
		return func(v any) error {
			if s, is := v.(string); is && !ok(s) {
				return errFormat
			}
			return nil
		}
	}
	matches := func(pattern string) func(any) error {
		return text(regexp.MustCompile(pattern).MatchString)
	}
	return map[string]func(any) error{
		"date-time": text(isDateTime),
		"date":      text(func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }),
		"time":      matches(`^\d\d:\d\d(:\d\d(\.\d+)?)?([zZ]|[-+]\d\d:?\d\d)?$`),
		"uuid":      matches(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`),
		"email":     matches(`^[^@\s]+@[^@\s]+$`),
		"uri":       text(func(s string) bool { u, err := url.Parse(s); return err == nil && u.Scheme != "" }),
		"ipv4":      text(func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }),
		"ipv6":      text(func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() }),
		"hostname":  matches(`^[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?$`),
		"byte":      text(isBase64),
		"int32":     whole(32),
		"int64":     whole(64),
		// Names that the JSON Schema library knows and that OpenAPI documents use more freely.
		"uri-reference": text(func(s string) bool { _, err := url.Parse(s); return err == nil }),
		"iri":           text(func(string) bool { return true }),
		"iri-reference": text(func(string) bool { return true }),
		"uri-template":  text(func(string) bool { return true }),
		"idn-email":     text(func(string) bool { return true }),
		"idn-hostname":  text(func(string) bool { return true }),
		"period":        text(func(string) bool { return true }),
		"semver":        text(func(string) bool { return true }),
	}
}

// isDateTime takes RFC 3339 and, as so many APIs write it, the same without a zone.
func isDateTime(s string) bool {
	if _, err := time.Parse(time.RFC3339, s); err == nil {
		return true
	}
	_, err := time.Parse("2006-01-02T15:04:05", s)
	return err == nil
}

// isBase64 takes either alphabet, padded or not.
func isBase64(s string) bool {
	s = strings.TrimRight(s, "=")
	if _, err := base64.RawStdEncoding.DecodeString(s); err == nil {
		return true
	}
	_, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil
}

// whole checks integers of so many bits, exactly. A fraction is the business of the type.
func whole(bits int) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		i, ok := new(big.Int).SetString(string(n), 10)
		if !ok {
			r, ok := new(big.Rat).SetString(string(n))
			if !ok || !r.IsInt() {
				return nil
			}
			i = r.Num()
		}
		if i.BitLen() > bits-1 && !(i.Sign() < 0 && i.BitLen() == bits && i.TrailingZeroBits() == uint(bits-1)) {
			return errFormat
		}
		return nil
	}
}
