package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
	"github.com/spectap/spectap/internal/ascii"
)

// Configurations of network devices, and files that are like them, have a secret as the last word
// of a line, after words that say how it is written.

// minKey is the least length of a key that only its position marks, in bytes.
const minKey = 6

// lastOf returns the last word of the line after j if the line has up to n words there, and the
// word may be a key.
func lastOf(s string, j, n int) (phrase.Span, bool) {
	args := make([]phrase.Span, n)
	n, whole := arguments(s, j, args)
	if n == 0 || !whole {
		return phrase.Span{}, false
	}
	return args[n-1], isKey(s, args[n-1])
}

// isKey reports whether a word may be a key: it has letters and digits.
func isKey(s string, w phrase.Span) bool {
	return w.End-w.Start >= minKey && form.IsMixed(w.In(s))
}

// keyString finds a key of routers: key-string [7] x.
func keyString(s string, i, j int) (phrase.Span, bool) {
	if w, ok := configured(s, i, j); ok {
		return w, true
	}
	return lastOf(s, j, 2)
}

// digestKey finds a key of routing protocols: message-digest-key 1 md5 [7] x.
func digestKey(s string, _, j int) (phrase.Span, bool) {
	var args [4]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n < 3 || !whole || args[1].In(s) != "md5" {
		return phrase.Span{}, false
	}
	return args[n-1], isKey(s, args[n-1]) || isConfigValue(args[n-1].In(s))
}

// sharedKey finds a key of one side of a tunnel: pre-shared-key local x.
func sharedKey(s string, i, j int) (phrase.Span, bool) {
	if w, ok := configured(s, i, j); ok {
		return w, true
	}
	var args [3]phrase.Span
	n, whole := arguments(s, j, args[:])
	if n < 2 || !whole {
		return phrase.Span{}, false
	}
	side := args[0].In(s)
	return args[n-1], (side == "local" || side == "remote") && isKey(s, args[n-1])
}

// serverKey finds the key of a server for signing in: radius-server host 192.0.2.1 key [7] x.
func serverKey(s string, _, j int) (phrase.Span, bool) {
	var args [12]phrase.Span
	n, _ := arguments(s, j, args[:])
	for k := range n - 1 {
		if args[k].In(s) != "key" {
			continue
		}
		value := args[k+1]
		if k+2 < n && value.End == value.Start+1 && ascii.IsDigit(s[value.Start]) {
			value = args[k+2]
		}
		return value, isKey(s, value)
	}
	return phrase.Span{}, false
}

// tunnelSecret finds the secret of a person or host in a file of tunnels: ann : EAP "x", : PSK "x".
func tunnelSecret(s string, i, j int) (phrase.Span, bool) {
	if before := s[lineStart(s, i):i]; before != ": " && !strings.HasSuffix(before, " : ") || !strings.HasPrefix(s[j:], ` "`) {
		return phrase.Span{}, false
	}
	return word(s, j), true
}

// snmpUser finds the passphrases of a user, with the names of the algorithms between them:
// createUser ann SHA "x" AES "y".
func snmpUser(s string, _, j int) (phrase.Span, bool) {
	var args [8]phrase.Span
	n, _ := arguments(s, j, args[:])
	found := phrase.Span{}
	for k := 1; k+1 < n; k++ {
		w := args[k].In(s)
		if w != "MD5" && w != "DES" && !strings.HasPrefix(w, "SHA") && !strings.HasPrefix(w, "AES") {
			continue
		}
		if found.End == 0 {
			found.Start = args[k+1].Start
		}
		found.End = args[k+1].End
	}
	return found, found.End > 0
}

// typedValue finds the value of the name before the word s[i:j], which says how the value is
// written: DefaultPassword    REG_SZ    x of the registry of Windows, set password ENC x of
// firewalls.
func typedValue(s string, i, j int) (phrase.Span, bool) {
	fields := strings.Fields(s[lineStart(s, i):i])
	if len(fields) == 0 || s[j] != ' ' && s[j] != '\t' {
		return phrase.Span{}, false
	}
	name := fields[len(fields)-1]
	if len(name) > names.MaxLen || names.SensitivityOf(name) != names.Secret {
		return phrase.Span{}, false
	}
	w := word(s, j)
	w.End = lineEnd(s, w.Start)
	return w, w.End > w.Start
}

// mediaKey finds the key of a stream in the description of a session (RFC 4568): a=crypto:1 SUITE
// inline:x|2^20.
func mediaKey(s string, i, j int) (phrase.Span, bool) {
	if s[j] != ':' || !strings.Contains(s[lineStart(s, i):i], "crypto:") {
		return phrase.Span{}, false
	}
	end := j + 1
	for end < len(s) && (ascii.IsAlnum(s[end]) || strings.IndexByte("+/=", s[end]) >= 0) {
		end++
	}
	return phrase.Span{Start: j + 1, End: end}, end-j > 16
}

// maskedValue finds what the log of a build is told to hide: ::add-mask::x.
func maskedValue(s string, i, j int) (phrase.Span, bool) {
	if !strings.HasSuffix(s[:i], "::") || !strings.HasPrefix(s[j:], "::") {
		return phrase.Span{}, false
	}
	from := j + len("::")
	end := lineEnd(s, from)
	if end == from+maxLine && !strings.Contains(s[from:end], "add-mask") { // which takes time for each
		end = lineEndWithin(s, from, maxMasked)
	}
	return phrase.Span{Start: from, End: end}, true
}

// maxMasked bounds the bytes of a value that a log masks, such as a token or a file of keys in one
// line.
const maxMasked = 64 << 10

// joinKey finds the key of a channel of IRC: JOIN #channel x.
func joinKey(s string, i, j int) (phrase.Span, bool) {
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	return args[1], n == 2 && whole && strings.IndexByte("#&", s[args[0].Start]) >= 0 && isPrompt(s, lineStart(s, i), i)
}

// operator finds the password of an operator of IRC: OPER ann x.
func operator(s string, i, j int) (phrase.Span, bool) {
	var args [2]phrase.Span
	n, whole := arguments(s, j, args[:])
	return args[1], n == 2 && whole && isPrompt(s, lineStart(s, i), i)
}

// register finds the password that a nickname is registered with: NickServ REGISTER x ann@….
func register(s string, i, j int) (phrase.Span, bool) {
	if !strings.Contains(strings.ToLower(s[lineStart(s, i):i]), "nickserv") {
		return phrase.Span{}, false
	}
	var args [1]phrase.Span
	n, _ := arguments(s, j, args[:])
	return args[0], n == 1
}

// userUsing finds the password of a statement that connects: CONNECT TO app USER ann USING x.
func userUsing(s string, i, j int) (phrase.Span, bool) {
	before := strings.Fields(s[lineStart(s, i):i])
	if n := len(before); n < 2 || !strings.EqualFold(before[n-2], "user") {
		return phrase.Span{}, false
	}
	var args [1]phrase.Span
	arguments(s, j, args[:])
	w := args[0]
	w.End = w.Start + len(strings.TrimRight(w.In(s), ";"))
	return w, isKey(s, w)
}

// optionDefault finds the default of an option with the name of a secret in the help of a program:
// --api-key string  the key (default "x"). Programs print there what the environment has.
func optionDefault(s string, i, j int) (phrase.Span, bool) {
	if i == 0 || s[i-1] != '(' && s[i-1] != '[' || s[j] != ' ' && s[j] != ':' && s[j] != '=' {
		return phrase.Span{}, false
	}
	isSecret := false
	for w := range strings.FieldsSeq(s[lineStart(s, i):i]) {
		if name, ok := strings.CutPrefix(w, "-"); ok {
			isSecret = isSecret || len(name) > 2 && names.SensitivityOf(strings.Trim(name, "-,")) == names.Secret
		}
	}
	if !isSecret {
		return phrase.Span{}, false
	}
	w := word(s, j+1)
	w.End = w.Start + len(strings.TrimRight(w.In(s), ")]"))
	return w, isKey(s, w)
}

// maxPrompt bounds the bytes between a word and the colon before a seed.
const maxPrompt = 48

// authenticatorSeed finds the seed of one-time codes that a person types into an app, in base32:
// Enter this key in your authenticator app: ABCD EFGH ….
func authenticatorSeed(s string, _, j int) (phrase.Span, bool) {
	n := strings.IndexByte(s[j:min(len(s), j+maxPrompt)], ':')
	if n < 0 {
		return phrase.Span{}, false
	}
	k := j + n + 1
	for k < len(s) && strings.IndexByte(" \t\r\n\"'`*", s[k]) >= 0 {
		k++
	}
	end, digits := k, 0
	for ; end < len(s); end++ {
		c := s[end]
		switch {
		case ascii.IsUpper(c) || c >= '2' && c <= '7':
			digits++
			continue
		case (c == ' ' || c == '-') && end+1 < len(s) && (ascii.IsUpper(s[end+1]) || s[end+1] >= '2' && s[end+1] <= '7'):
			continue
		}
		break
	}
	return phrase.Span{Start: k, End: end}, digits >= 16
}

// migratedSeeds finds the seeds in a link that moves them to another device:
// otpauth-migration://offline?data=x.
func migratedSeeds(s string, _, j int) (phrase.Span, bool) {
	const before = "://offline?data="
	if !strings.HasPrefix(s[j:], before) {
		return phrase.Span{}, false
	}
	from := j + len(before)
	end := from
	for end < len(s) && s[end] > ' ' && strings.IndexByte("\"'<>&`\\)", s[end]) < 0 {
		end++
	}
	return phrase.Span{Start: from, End: end}, true
}
