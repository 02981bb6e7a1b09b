package jsonschema

import (
	"cmp"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	engine "github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/idna"
)

var errFormat = errors.New("value is not of the format")

// formats are the formats that are asserted: these, and from the library duration, json-pointer,
// relative-json-pointer and regex. All others are annotations.
//
// Some are wider than their RFC, because APIs use them so: date-time and time without a zone, time
// without seconds, hostname with "_" and a dot at its end, email with any text around "@", UUIDs of
// any version, names of variables in uri-template. int32, int64 and byte are OpenAPI's.
var formats = map[string]func(any) error{
	"date-time":     assertText(func(s string) bool { return isOf["date-time"](s) || isOf["date-time"](s+"Z") }),
	"date":          assertText(isOf["date"]),
	"time":          assertText(isTime),
	"uuid":          assertText(isOf["uuid"]),
	"email":         assertText(isEmail),
	"hostname":      assertText(isHostname),
	"ipv4":          assertText(isIPv4),
	"ipv6":          assertText(isOf["ipv6"]),
	"uri":           assertText(func(s string) bool { return isOf["uri"](s) && !hasForeign(s) }),
	"uri-reference": assertText(func(s string) bool { return isOf["uri-reference"](s) && !hasForeign(s) }),
	"uri-template":  assertMatch(`^(` + templateChar + `|\{[-+#./;?&=,!@|]?` + templateVariable + `(,` + templateVariable + `)*\})*$`),
	"byte":          assertText(isBase64),
	"int32":         assertInteger(32),
	"int64":         assertInteger(64),

	// The library would assert these, but OpenAPI documents use the names with wider meanings.
	"iri":           annotation,
	"iri-reference": annotation,
	"period":        annotation,
	"semver":        annotation,
}

// templateChar is a character of a template of RFC 6570 outside of its expressions; "%" begins an
// escape. templateVariable is one in an expression. Its name may be such as {user-id}, which
// section 2.3 does not allow.
const (
	templateChar     = `([^{}%\x00- "<>\\^` + "`" + `|\x7f]|%[0-9a-fA-F]{2})`
	templateName     = `([^{}%,:*=.+#/;?&\x00-\x1f\x7f]|%[0-9a-fA-F]{2})+`
	templateVariable = templateName + `(\.` + templateName + `)*(:[1-9][0-9]{0,3}|\*)?`
)

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

// isOf are the library's tests of strings.
var isOf = func() map[string]func(string) bool {
	all := map[string]func(string) bool{}
	for _, name := range []string{"date-time", "date", "time", "uuid", "email", "hostname", "ipv6", "uri", "uri-reference"} {
		c := engine.NewCompiler()
		c.AssertFormat()
		err := c.AddResource(name+".json", map[string]any{"format": name})
		if err != nil {
			panic(err)
		}
		is := c.MustCompile(name + ".json").Format.Validate
		all[name] = func(s string) bool { return is(s) == nil }
	}
	return all
}()

// timeForm has the parts of a time: hours and minutes, seconds, zone.
var timeForm = regexp.MustCompile(`^(\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:([zZ])|([-+]\d\d):?(\d\d))?$`)

// isTime reports whether s is a time of RFC 3339, section 5.6, or one without seconds, zone or the
// colon of a zone.
func isTime(s string) bool {
	m := timeForm.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	zone := "Z"
	if m[4] != "" {
		zone = m[4] + ":" + m[5]
	}
	return isOf["time"](m[1] + cmp.Or(m[2], ":00") + zone)
}

// emailForm matches what APIs take for an address, or what redaction wrote for one.
var emailForm = regexp.MustCompile(`^([^@\s]+@[^@\s]+|\[redacted:email:[0-9a-f]+\])$`)

func isEmail(s string) bool {
	return emailForm.MatchString(s) || strings.HasPrefix(s, `"`) && isOf["email"](s) // a quoted name
}

// isHostname reports whether s is a name of RFC 1123, section 2.1, whose labels may have "_".
// Labels in Punycode are those of IDNA 2008.
func isHostname(s string) bool {
	if !isOf["hostname"](strings.ReplaceAll(s, "_", "a")) {
		return false
	}
	for label := range strings.SplitSeq(strings.ToLower(s), ".") {
		if _, err := idna.Registration.ToUnicode(label); err != nil && strings.HasPrefix(label, "xn--") {
			return false
		}
	}
	return true
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

// hasForeign reports whether s has characters that no URI has (RFC 3986, section 2). Those that
// APIs send are accepted: spaces, the braces of templates, "|", and letters beyond ASCII.
func hasForeign(s string) bool { return strings.ContainsAny(s, "<>\"\\^`") }
