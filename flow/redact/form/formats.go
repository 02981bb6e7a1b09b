// Package form recognizes secrets and personal data by their form alone: tokens of known services,
// keys, random words, card numbers and national ids.
//
// It imports internal/ascii and internal/hexdigit. Read formats.go first.
package form

import (
	"encoding/base64"
	"strings"

	"github.com/spectap/spectap/internal/ascii"
	"github.com/spectap/spectap/internal/hexdigit"
)

// Kinds of secrets.
const (
	Token = "token" // of a known service
	JWT   = "jwt"
	Key   = "key" // private
)

// tokenFormat is the token format of one service: a unique prefix and a minimum length.
type tokenFormat struct {
	prefix string
	min    int // minimum number of characters after the prefix
}

// tokenFormats lists public token formats. Services give their tokens recognizable prefixes so that
// leaked ones can be found. The order does not matter.
var tokenFormats = [...]tokenFormat{
	{"A3T", 16}, {"AKIA", 12}, {"ASIA", 12}, {"ABIA", 12}, {"ACCA", 12}, // AWS access keys
	{"AIza", 30},                                 // Google API key
	{"AGE-SECRET-KEY-1", 30},                     // age
	{"ATATT3", 20}, {"ATBB", 20}, {"ATCTT3", 20}, // Atlassian
	{"ASATT3", 20},
	{"CFPAT-", 20}, {"EAACEdEose0cBA", 10}, {"EAA", 60},
	{"GOCSPX-", 20}, {"GR1348941", 15}, // Google OAuth client secret; GitLab runner
	{"LTAI", 12}, {"NRAK-", 20}, {"NRJS-", 15}, {"PMAK-", 30}, {"SG.", 30}, {"SK", 32}, {"AC", 32},
	{"access_token$production$", 20}, {"amzn1.oa2-cs.v1.", 32},
	{"b.AAAAAQ", 40}, {"cio", 40}, {"dapi", 32}, {"dckr_pat_", 20}, {"doo_v1_", 40}, {"dop_v1_", 40}, {"dor_v1_", 40},
	{"dp.pt.", 30}, {"dp.st.", 30}, {"eyrie_", 20}, {"figd_", 20}, {"fio-u-", 40}, {"flb_live_", 10}, {"FLWSECK", 20},
	{"gho_", 20}, {"ghp_", 20}, {"ghr_", 20}, {"ghs_", 20}, {"ghu_", 20}, {"github_pat_", 20},
	{"glagent-", 20}, {"glcbt-", 15}, {"gldt-", 15}, {"glft-", 15}, {"glpat-", 15}, {"glptt-", 15}, {"glrt-", 15},
	{"glsoat-", 15},
	{"glc_", 30}, {"glsa_", 30}, {"hf_", 25}, {"hvb.", 40}, {"hvs.", 20}, {"key-", 32}, {"lin_api_", 30}, {"live_", 35},
	{"lip_live_", 10}, {"mfa.", 60}, {"napi_", 30}, {"nfp_", 30}, {"npm_", 30}, {"nsec1", 50}, {"ntn_", 30}, {"oy2", 40},
	{"bkua_", 36}, {"CCIPAT_", 40}, {"CCIPRJ_", 40}, {"dG9rOm", 40}, {"eyJrIjoi", 60}, {"GHSAT0", 26},
	{"glffct-", 15}, {"glimt-", 15}, {"pdl_live_apikey_", 40}, {"pdl_sdbx_apikey_", 40}, {"rnd_", 24}, {"sk_prod_", 16},
	{"p8e-", 25}, {"pat-na1-", 30}, {"pat-eu1-", 30}, {"pat-na2-", 30}, {"pat-ap1-", 30}, {"phx_", 30}, {"pplx-", 30}, {"pscale_", 30}, {"pul-", 35},
	{"pypi-", 40},
	{"r8_", 30}, {"rdme_", 40}, {"rk_live_", 8}, {"rk_test_", 8}, {"rpa_", 30}, {"rubygems_", 30},
	{"secret_", 30}, {"shippo_", 30}, {"shpat_", 20}, {"shpca_", 20}, {"shppa_", 20}, {"shpss_", 20}, {"shptka_", 20}, {"shpua_", 20},
	{"sbp_", 30}, {"sk-", 20}, {"sk_live_", 8}, {"sk_test_", 8}, {"sntrys_", 30}, {"sntryu_", 30},
	{"sq0atp-", 20}, {"sq0csp-", 30}, {"squ_", 30}, {"sqp_", 30}, {"tk-us-", 30}, {"tfp_", 30}, {"tskey-", 12},
	{"vercel_", 20}, {"whsec_", 16},
	{"xai-", 40}, {"xapp-", 10}, {"xoxa-", 10}, {"xoxb-", 10}, {"xoxc-", 10}, {"xoxe", 20}, {"xoxo-", 10}, {"xoxp-", 10},
	{"xoxr-", 10}, {"xoxs-", 10},
	{"ya29.", 20}, {"1//", 30},
	{"aio_", 28}, {"AKCp", 60}, {"CLOJARS_", 60}, {"dt0c01.", 60}, {"duffel_live_", 40}, {"EZAK", 54}, {"EZTK", 54},
	{"fc-", 32}, {"gsk_", 40}, {"HRKU-", 36}, {"ico-", 32}, {"lsv2_pt_", 32}, {"lsv2_sk_", 32}, {"nvapi-", 50},
	{"ops_eyJ", 100}, {"pk.eyJ", 40}, {"pnu_", 36}, {"re_", 30}, {"sgp_", 40}, {"sha256~", 40}, {"sk.eyJ", 40},
	{"sl.", 100}, {"tvly-", 30}, {"xkeysib-", 60}, {"xsmtpsib-", 60},
	{"v1.", 40}, {"v1.local.", 60}, {"v2.local.", 60}, {"v3.local.", 60}, {"v4.local.", 60}, {"v1.public.", 60}, {"v2.public.", 60}, // PASETO
	{"v3.public.", 60}, {"v4.public.", 60}, {"k1.local.", 40}, {"k2.local.", 40}, {"k3.local.", 40}, {"k4.local.", 40},
	{"k1.secret.", 40}, {"k2.secret.", 40}, {"k3.secret.", 40}, {"k4.secret.", 40},
	{"base64url.bearer.authorization.k8s.io.", 12},
	{"ABSKQmVkcm9ja0FQSUtleS", 40}, {"bedrock-api-key-", 40}, {"dckr_oat_", 20}, {"fm2_", 40}, {"jina_", 40}, {"pcsk_", 40},
	{"private-", 32}, {"sb_secret_", 20}, {"sk_org_", 16}, {"cmVmdGtu", 40},
	{"access-sandbox-", 36}, {"access-production-", 36}, {"access-development-", 36},
}

// tokenFormatsByFirstByte indexes the formats by the first byte of their prefix.
var tokenFormatsByFirstByte = func() (t [256][]tokenFormat) {
	for _, f := range tokenFormats {
		t[f.prefix[0]] = append(t[f.prefix[0]], f)
	}
	return t
}()

// isToken reports whether a word has the token format of a known service.
func isToken(w string) bool {
	for _, f := range tokenFormatsByFirstByte[w[0]] {
		if len(w) >= len(f.prefix)+f.min && strings.HasPrefix(w, f.prefix) &&
			hasTokenBody(f.prefix, w[len(f.prefix):]) {
			return true
		}
	}
	return false
}

// hasTokenBody checks the characters after a prefix that is short enough to begin other words.
func hasTokenBody(prefix, rest string) bool {
	switch prefix {
	case "A3T", "AKIA", "ASIA", "ABIA", "ACCA":
		return len(rest) <= 20 && Count(rest).Lower == 0 && ascii.AllAlnum(rest)
	case "SK", "AC", "dapi", "key-", "private-": // the last is of calendars
		return len(rest) == 32 && hexdigit.All(rest)
	case "fc-", "ico-":
		return len(rest) == 32 && ascii.AllAlnum(rest)
	case "v1.":
		return len(rest) == 40 && hexdigit.All(rest)
	case "eyJrIjoi", "dG9rOm":
		_, ok := DecodeBase64(prefix + rest)
		return ok
	case "rnd_", "EAA", "re_", "sl.", "hf_", "cio", "oy2", "LTAI", "live_", "secret_", "npm_", "r8_", "p8e-", "b.AAAAAQ":
		c := Count(rest)
		return c.Digit >= 2 && c.Upper+c.Lower >= 8
	case "sk-":
		c := Count(rest)
		return c.Digit >= 2 && c.Upper+c.Lower >= 8 && c.Changes*100 >= 20*len(rest)
	}
	return true
}

// isJWT reports whether a word is a signed or encrypted token in compact serialization (RFC 7515,
// RFC 7516). It begins with eyJ, the base64url of a JSON object.
func isJWT(w string) bool {
	if len(w) < 20 || w[:3] != "eyJ" && w[:3] != "ewo" {
		return false
	}
	dots := strings.Count(w, ".")
	if dots == 2 || dots == 4 {
		return true
	}
	return false
}

// Known returns the kind of a word that is a token by its form alone.
func Known(w string) (kind string, ok bool) {
	switch {
	case len(w) < 12:
		return "", false
	case isJWT(w):
		return JWT, true
	case isToken(w):
		return Token, true
	case isEncodedKey(w):
		return Key, true
	case isBotToken(w), isInfixToken(w):
		return Token, true
	}
	return "", false
}

// isInfixToken reports whether a word has one of the token formats with a mark in the middle or at
// the end: 32 hexadecimal digits and a data centre (-us12), or "Q~" after a digit.
func isInfixToken(w string) bool {
	switch {
	case len(w) > 35 && len(w) < 39 && w[32] == '-':
		return w[33:35] == "us" && ascii.AllDigits(w[35:]) && hexdigit.All(w[:32])
	case len(w) >= 36 && len(w) <= 44 && w[4:6] == "Q~":
		return ascii.IsDigit(w[3])
	}
	return false
}

// LengthPrefixed finds a token directly after its own length in one byte, as in protobuf and
// other binary encodings. That byte may look like a character of the word. It returns where in w
// the token starts and ends.
func LengthPrefixed(w string) (start, end int, kind string, ok bool) {
	n := int(w[0])
	if n < 12 || n > len(w)-1 {
		return 0, 0, "", false
	}
	kind, ok = Known(w[1 : 1+n])
	return 1, 1 + n, kind, ok
}

// isBotToken reports whether a word has one of the two chat token formats without a prefix: base64
// of a number, a time and a signature, separated by dots.
func isBotToken(w string) bool {
	if len(w) < 55 || len(w) > 80 || (w[0] != 'M' && w[0] != 'N' && w[0] != 'O') {
		return false
	}
	first, rest, _ := strings.Cut(w, ".")
	second, third, ok := strings.Cut(rest, ".")
	if !ok || len(first) < 23 || len(second) != 6 || len(third) < 25 {
		return false
	}
	data, ok := DecodeBase64(first)
	if !ok {
		return false
	}
	for _, c := range data {
		if !ascii.IsDigit(c) {
			return false
		}
	}
	return true
}

// isEncodedKey reports whether a word is base64 of a PEM private key.
func isEncodedKey(w string) bool {
	if !strings.HasPrefix(w, "LS0tLS1CRUdJTi") { // "-----BEGIN"
		return false
	}
	head, ok := DecodeBase64(w[:min(len(w), 64)&^3])
	return ok && strings.Contains(string(head), "PRIVATE KEY")
}

// DecodeBase64 decodes base64 in either alphabet, padded or not.
func DecodeBase64(s string) ([]byte, bool) {
	s = strings.TrimRight(s, "=")
	enc := base64.RawStdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.RawURLEncoding
	}
	data, err := enc.DecodeString(s)
	return data, err == nil
}

// IsDateLike reports whether v starts with a date as in 2026-11-20.
func IsDateLike(v string) bool {
	return len(v) >= 10 && len(v) <= 40 && Matches(v[:10], "0000-00-00") &&
		(len(v) == 10 || v[10] == ' ' || v[10]|0x20 == 't')
}
