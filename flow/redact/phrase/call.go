package phrase

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/form"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/internal/ascii"
)

// Calls in programs have secrets as arguments: setPassword("x"), define('DB_PASSWORD', 'x'),
// SetBasicAuth("name", "x").

// maxCall bounds the length of the arguments of a call that are inspected, in bytes.
const maxCall = 400

// Call finds a secret in the arguments of the call whose name is the word s[i:j].
func Call(s string, i, j int) (Span, bool) {
	s = s[:min(len(s), j+maxCall)]
	name, first := s[i:j], j+1
	if IsLogin(name) {
		first = skipVariable(s, first) // getConnection(url, "name", "x")
	}
	if takesKey(name) {
		return keyArgument(s, first)
	}
	first = skipSpace(s, first)
	if strings.HasPrefix(s[first:], "By.") { // find_element(By.ID, "password").send_keys("x")
		first = skipVariable(s, first)
	}
	var args [4]Span
	n, closed := readArguments(s, first, &args)
	if n == 0 {
		return Span{}, false
	}
	last := args[n-1]
	switch {
	case n > 1 && namesArgument(s[args[0].Start:args[0].End]):
		last = args[1]
		if last.Start += form.SchemeLen(s[last.Start:last.End]); name == "define" && last.End-last.Start >= 8 {
			return last, true // of PHP
		}
		if keepsValue(name) {
			return last, isWordArgument(s[last.Start:last.End])
		}
	case n > 2 && namesArgument(s[args[n-2].Start:args[n-2].End]): // resValue("string", "api_key", "x")
	case n == 1 && closed && namesArgument(s[last.Start:last.End]):
		return typedAfter(s, last.End)
	case hashesPassword(name): // crypt('x', gen_salt('bf'))
		last = args[0]
	case n > 1 && (IsLogin(name) || changesUser(name) || strings.Contains(s[args[0].Start:args[0].End], "host=")):
		if n > 2 && !isSecretArgument(s[last.Start:last.End]) {
			last = args[n-2] // connect(host, name, x, database)
		}
		if n == 2 && names.LastWord(name) != "connect" && isPairOfLogin(name, s[last.Start:last.End]) {
			return last, true
		}
	case closed && n == 1 && names.SensitivityOf(name) == names.Secret && strings.ToUpper(name) == name: // PASSWORD('x') of SQL
		return last, isWordArgument(s[last.Start:last.End])
	case closed && n == 1 && setsSecret(name), closed && n == 2 && setsSecret(name) && changesUser(name):
	case closed && n == 1 && comparesSecret(name):
		return last, isWordArgument(s[last.Start:last.End])
	default:
		return Span{}, false
	}
	value := s[last.Start:last.End]
	return last, isSecretArgument(value)
}

// namesArgument reports whether the first string in a call names the second as a secret.
func namesArgument(name string) bool { return names.SensitivityOf(name) == names.Secret }

// isWordArgument reports whether a string in a call that sets a secret may be one: a word.
func isWordArgument(v string) bool {
	return len(v) >= 4 && !strings.ContainsAny(v, " \t\n{}$<>") && !names.IsTypeWord(v) && !namesArgument(v)
}

// keepsValue reports whether a call of this name takes the name of a value and the value, which it
// keeps: setItem("token", "x"), define('DB_PASSWORD', 'x').
func keepsValue(name string) bool {
	low := strings.Trim(strings.ToLower(name[strings.LastIndexAny(name, ".:>$")+1:]), "_")
	for _, verb := range [...]string{"set", "put", "append", "define", "fill", "typ"} {
		if strings.HasPrefix(low, verb) {
			return true
		}
	}
	for _, object := range [...]string{"item", "property", "config", "option", "conf", "param", "parameter", "header", "cookie", "env", "var", "add",
		"const", "environ", "default", "fetch", "field"} {
		if strings.HasSuffix(low, object) {
			return true
		}
	}
	return false
}

// typedAfter finds what a script of a browser types into the field that the call before it names:
// get('#password').type('x'). The name ends at k.
func typedAfter(s string, k int) (Span, bool) {
	rest, ok := strings.CutPrefix(s[k+1:], ").")
	if !ok {
		return Span{}, false
	}
	open := strings.IndexByte(rest[:min(len(rest), 32)], '(')
	if open < 0 {
		return Span{}, false
	}
	switch strings.ToLower(strings.ReplaceAll(rest[:open], "_", "")) {
	case "type", "fill", "sendkeys", "setvalue", "val", "presssequentially", "inputtext", "equals", "settext", "replacetext":
	default:
		return Span{}, false
	}
	var args [4]Span
	if n, _ := readArguments(s, len(s)-len(rest)+open+1, &args); n == 0 {
		return Span{}, false
	}
	return args[0], isWordArgument(s[args[0].Start:args[0].End])
}

// comparesSecret reports whether a call is a method of a secret that takes a value of it:
// password.equals("x").
func comparesSecret(name string) bool {
	object, method := cutLast(name, '.')
	if object == "" || names.SensitivityOf(object[strings.LastIndexByte(object, '.')+1:]) != names.Secret {
		return false
	}
	switch strings.ToLower(method) {
	case "equals", "equalsignorecase", "assign", "set", "compareto", "append", "setvalue":
		return true
	}
	return false
}

// cutLast cuts a text at the last separator.
func cutLast(s string, sep byte) (before, after string) {
	i := strings.LastIndexByte(s, sep)
	return s[:max(i, 0)], s[i+1:]
}

// changesUser reports whether a call makes an account or changes its password: createUser("ann",
// "x").
func changesUser(name string) bool {
	low := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	return (strings.HasPrefix(low, "create") || strings.HasPrefix(low, "add") || strings.HasPrefix(low, "change") || strings.HasPrefix(low, "reset") ||
		strings.HasPrefix(low, "update")) && (strings.Contains(low, "user") || strings.Contains(low, "account"))
}

// isPairOfLogin reports whether a word may be the password after a name in a call that is for
// Basic authentication.
func isPairOfLogin(name, value string) bool {
	low := strings.ToLower(strings.TrimRight(name, "= "))
	return (strings.Contains(low, "basic") || low == "auth") && len(value) >= 6 && isWordArgument(value)
}

// MayTakeKey is a quick check whether a call of this name may take a key to sign or encrypt with.
func MayTakeKey(name string) bool {
	return strings.Contains(name, "jwt") || strings.Contains(name, "mac.")
}

// takesKey reports whether a call of this name signs or encrypts with a key.
func takesKey(name string) bool {
	low := strings.ToLower(name)
	object, method := cutLast(low, '.')
	switch method {
	case "sign", "verify", "encode", "decode":
		return strings.HasSuffix(object, "jwt") || strings.HasSuffix(object, "jsonwebtoken")
	case "new":
		return strings.HasSuffix(object, "hmac")
	case "secretkeyspec", "pgp_sym_encrypt", "pgp_sym_decrypt", "aes_encrypt", "aes_decrypt", "encryptbypassphrase":
		return true
	}
	return strings.HasSuffix(method, "hmac") || strings.HasPrefix(method, "hash_hmac")
}

// keyArgument finds the key among the arguments of a call: the last string that is neither the name
// of an algorithm nor a path.
func keyArgument(s string, k int) (last Span, ok bool) {
	for depth := 0; k < len(s); k++ {
		switch c := s[k]; {
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return last, ok
			}
		case c == '\n' || c == ';':
			return last, ok
		case lex.IsQuote(c):
			end := quoteEnd(s, k+1, c)
			if value := s[k+1 : end]; end < len(s) && isSecretArgument(value) && !isAlgorithm(value) {
				last, ok = Span{k + 1, end}, true
			}
			k = end
		}
	}
	return last, ok
}

// isAlgorithm reports whether a string names an algorithm: sha256, HS256, aes-256-cbc.
func isAlgorithm(v string) bool {
	low := strings.ToLower(v)
	for _, p := range [...]string{"sha", "hmac", "hs", "rs", "es", "ps", "md", "aes", "des", "rc", "utf", "iso", "blake", "ed25519", "base"} {
		if rest, ok := strings.CutPrefix(low, p); ok && rest != "" && (ascii.IsDigit(rest[0]) || rest[0] == '-' || rest[0] == '_' || p == "hmac") {
			return len(v) < 24
		}
	}
	return false
}

// isSecretArgument reports whether a string in a call may be a secret: a word that is no name.
func isSecretArgument(v string) bool {
	return len(v) >= 4 && !strings.ContainsAny(v, " \t{}$") && !names.IsNameLike(v) && form.Count(v).Digit > 0
}

// IsLogin reports whether a call of this name takes a name and a password.
func IsLogin(name string) bool {
	switch names.LastWord(name) {
	case "auth", "login", "signin", "authenticate", "credential", "credentials", "creds", "connect", "connection", "basicauth", "authentication":
		return true
	case "in": // sign_in, logIn
		low := strings.ToLower(strings.ReplaceAll(name, "_", ""))
		return strings.HasSuffix(low, "signin") || strings.HasSuffix(low, "login")
	case "basic", "create", "of", "provider": // Credentials.basic, AwsBasicCredentials.create, PlainTextAuthProvider
		return strings.Contains(name, "redential") || strings.Contains(name, "uth")
	case "begin":
		return name == "WiFi.begin"
	}
	return false
}

// LogsIn reports whether a message that does this logs in: auth, public/auth, server.sign.
func LogsIn(action string) bool {
	const most = 40
	if len(action) > most {
		return false
	}
	switch strings.ToLower(names.LastWord(action)) {
	case "auth", "authenticate", "authorize", "authentication", "login", "logon", "signin", "sign":
		return true
	case "in":
		return IsLogin(action)
	}
	return strings.HasPrefix(action, "authKey")
}

// PasswordParam returns the number of the parameter that is a password in a call of JSON-RPC of
// this name: 2 after the name of a user or an account, 1 of wallets, or 0.
func PasswordParam(method string) int {
	low := strings.ToLower(method)
	switch {
	case strings.HasSuffix(low, "walletpassphrase"):
		return 1
	case IsLogin(method), strings.HasSuffix(low, "unlock"), strings.HasSuffix(low, "unlockaccount"):
		return 2
	}
	return 0
}

// CallsObject reports whether a call of this name has the number of a user and the password of that
// user before its other parameters, as in some business systems.
func CallsObject(method string) bool { return method == "execute" || method == "execute_kw" }

// hashesPassword reports whether a call of this name takes a password to hash.
func hashesPassword(name string) bool {
	low := strings.ToLower(name)
	return low == "crypt" || low == "hashpw" || low == "password_hash" || low == "generate_password_hash" ||
		strings.Contains(low, "bcrypt.") || strings.Contains(low, "scrypt.") || strings.Contains(low, "argon2.")
}

// setsSecret reports whether a call of this name takes a secret: setPassword, but not getPassword.
func setsSecret(name string) bool {
	if name = name[strings.LastIndexByte(name, '.')+1:]; names.SensitivityOf(name) != names.Secret {
		return false
	}
	low := strings.ToLower(name)
	for _, verb := range [...]string{"get", "has", "is", "find", "read", "delete", "remove", "load", "fetch"} {
		if strings.HasPrefix(low, verb) {
			return false
		}
	}
	return true
}

// skipVariable skips the variable that is the first of several arguments, which starts at k.
func skipVariable(s string, k int) int {
	end := k
	for end < len(s) && (ascii.IsAlnum(s[end]) || s[end] == '_' || s[end] == '.') {
		end++
	}
	if end == k || end == len(s) || s[end] != ',' {
		return k
	}
	return skipSpace(s, end+1)
}

// readArguments reads the strings that a call has as its first arguments, which start at k. closed
// tells whether the call has no others.
func readArguments(s string, k int, args *[4]Span) (n int, closed bool) {
	for n < len(args) && k < len(s) {
		if !lex.IsQuote(s[k]) {
			end := k
			for end < len(s) && (ascii.IsDigit(s[end]) || s[end] == '@' && end == k || ascii.IsLower(s[end]|0x20) && s[k] == '@') { // a port, @"x"
				end++
			}
			if end == k || end >= len(s) || s[end] != ',' && !lex.IsQuote(s[end]) {
				return n, false
			}
			if k = end; s[end] == ',' {
				k = skipSpace(s, end+1)
			}
			continue
		}
		end := quoteEnd(s, k+1, s[k])
		if end >= len(s) {
			return n, false
		}
		args[n] = Span{k + 1, end}
		n++
		k = skipSpace(s, end+1)
		if k >= len(s) || s[k] != ',' {
			return n, k < len(s) && s[k] == ')'
		}
		k = skipSpace(s, k+1)
	}
	return n, false
}

// quoteEnd returns the index of the quote that ends the string at k, or len(s).
func quoteEnd(s string, k int, quote byte) int {
	for ; k < len(s); k++ {
		switch s[k] {
		case quote:
			return k
		case '\\':
			if k+1 < len(s) && s[k+1] == quote && s[k-1] == quote && k >= 2 && s[k-2] == '\\' {
				return k // the opening quote was escaped, too
			}
			k++
		}
	}
	return len(s)
}
