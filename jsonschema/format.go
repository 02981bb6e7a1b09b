package jsonschema

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var errFormat = errors.New("value is not of the format")

// formats are the formats that are asserted: these, and from the library duration, json-pointer,
// relative-json-pointer and regex. All others are annotations.
//
// Some are wider than their RFC, because APIs use them so: date-time and time without a zone,
// hostname with "_", email with any text around "@", UUIDs of any version. int32, int64 and byte
// are OpenAPI's.
var formats = map[string]func(any) error{
	"date-time":     assertText(isDateTime),
	"date":          assertText(isDate),
	"time":          assertMatch(`^\d\d:\d\d(:\d\d(\.\d+)?)?([zZ]|[-+]\d\d:?\d\d)?$`),
	"uuid":          assertMatch(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`),
	"email":         assertMatch(`^([^@\s]+@[^@\s]+|\[redacted:email:[0-9a-f]+\])$`), // or what redaction wrote for one
	"hostname":      assertMatch(`^` + hostLabel + `(\.` + hostLabel + `)*\.?$`),
	"ipv4":          assertText(isIPv4),
	"ipv6":          assertText(isIPv6),
	"uri":           assertText(isURI),
	"uri-reference": assertText(isURIReference),
	"uri-template":  assertMatch(`^(` + templateChar + `|\{` + templateChar + `*\})*$`),
	"byte":          assertText(isBase64),
	"int32":         assertInteger(32),
	"int64":         assertInteger(64),

	// The library would assert these, but OpenAPI documents use the names with wider meanings.
	"iri":           annotation,
	"iri-reference": annotation,
	"period":        annotation,
	"semver":        annotation,
}

const hostLabel = `[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?`

// templateChar is a character of a template of RFC 6570. Its expressions are in braces, which come
// in pairs and do not nest; "%" begins an escape. The text between braces is not checked, since
// APIs use names such as {user-id} that section 2.3 does not allow.
const templateChar = `([^{}%\x00-\x1f\x7f]|%[0-9a-fA-F]{2})`

func annotation(any) error { return nil }

// assertText makes a format of a test of strings. Values of other types have every such format.
func assertText(isValid func(string) bool) func(any) error {
	return func(v any) error {
		if s, ok := v.(string); ok && !isValid(s) {
			return errFormat
		}
		return nil
	}
}

func assertMatch(pattern string) func(any) error {
	return assertText(regexp.MustCompile(pattern).MatchString)
}

// assertInteger makes a format of signed integers of so many bits. 1e3 and 1.0 are integers, 1.5 is
// not.
func assertInteger(bits int) func(any) error {
	limit := new(big.Int).Lsh(big.NewInt(1), uint(bits-1)) // -limit ≤ value < limit
	least := new(big.Int).Neg(limit)
	return func(v any) error {
		text, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if _, err := strconv.ParseInt(string(text), 10, bits); err == nil {
			return nil
		}
		if CheckNumber(text) != nil {
			return errFormat
		}
		n, ok := new(big.Rat).SetString(string(text))
		if !ok || !n.IsInt() || n.Num().Cmp(least) < 0 || n.Num().Cmp(limit) >= 0 {
			return errFormat
		}
		return nil
	}
}

// isDateTime reports whether s is a date-time of RFC 3339, section 5.6, or one without a zone. "t"
// and "z" may be in lower case, and a second may be a leap second.
func isDateTime(s string) bool {
	s = strings.ToUpper(s)
	if len(s) >= 19 && s[16:19] == ":60" {
		s = s[:17] + "59" + s[19:]
	}
	if _, err := time.Parse(time.RFC3339, s); err == nil {
		return true
	}
	_, err := time.Parse("2006-01-02T15:04:05", s)
	return err == nil
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isBase64(s string) bool {
	_, err := DecodeBase64(s)
	return err == nil
}

// isIPv4 reports whether s is four decimals without leading zeros (RFC 2673, section 3.2).
func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// isIPv6 reports whether s is an address of RFC 4291, section 2.2. A zone, as in "fe80::1%eth0", is
// no part of it: RFC 4007 adds zones for use inside one node.
func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

// isURI reports whether s has a scheme and can be parsed.
func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != ""
}

// isURIReference reports whether s is a URI or relative reference. Of the characters that RFC 3986
// does not allow, the backslash is refused, and so is a colon in a host that is not an IPv6 address
// in brackets (section 3.2.2); spaces and letters beyond ASCII are accepted, because APIs send
// them.
func isURIReference(s string) bool {
	u, err := url.Parse(s)
	if err != nil || strings.Contains(s, `\`) {
		return false
	}
	host := u.Hostname()
	return !strings.Contains(host, ":") || strings.Contains(u.Host, "[") && isIPv6(host)
}
