package names

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// settingWords follow the name of a secret in commands and prose without being one.
var settingWords = wordSet(`
	password passwords secret secrets passphrase text md5 sha plain simple cipher hidden clear ascii hex
	local remote global radius tacacs ldap none null true false on off level default command commands
	mode prompt first again here below above required optional incorrect wrong missing empty invalid
	valid complexity length age aging lifetime expiry manager store file line lines attempts attempt
	only instead chain size security protection feature support too now then please either both handshake exchange
	comparison format autofill button box value values auth token tokens is are was of if`)

// proseEnds end words that say something of a secret, such as "encryption" and "required".
var proseEnds = [...]string{"ing", "tion", "sion", "ment", "ity", "ance", "ence", "ed", "able", "ible", "ies"}

// IsProse reports whether a word of letters after the name of a secret says something of it, as in
// "enable secret scanning", and is not the secret itself.
func IsProse(w string) bool {
	low := strings.ToLower(w)
	if settingWords[low] || IsPathLiteral("password", low) {
		return true
	}
	for i := range len(low) {
		if !ascii.IsLower(low[i]) {
			return false
		}
	}
	for _, end := range proseEnds {
		if len(low) > len(end)+2 && strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}
