// Package dialog finds secrets that their position alone marks in what programs say to each other
// and write down: the commands of mail, file transfer, chat and Redis, scripts of expect, the
// cookie file of curl, key files of PuTTY, hashes of directories, blocks of Terraform,
// configurations of network devices.
//
// Its finders start at a word of the text, as those of flow/redact/phrase do.
//
// It may import internal/ascii, internal/hexdigit and, of flow/redact, form, lex, names and phrase.
// Read dialog.go first, then mail.go (mail and file transfer), redis.go, xmlrpc.go, script.go,
// keyfile.go (files), device.go, typed.go, config.go and snmp.go (configurations of devices) and
// header.go (of web servers).
package dialog

import (
	"strings"

	"github.com/spectap/spectap/flow/redact/phrase"
)

// finder finds the secret that the word s[i:j] introduces.
type finder func(s string, i, j int) (phrase.Span, bool)

// finders has a finder for each word that introduces a secret.
var finders = map[string]finder{
	"PASS": pass, "pass": pass, "APOP": apop, "AUTHENTICATE": saslLine, "UGFzc3dvcmQ6": saslPassword,
	"user": ftpUser, "USER": ftpUser,
	"IDENTIFY": nickServ, "identify": nickServ,
	"AUTH": redisAuth, "auth": redisAuth, "requirepass": redisSetting, "masterauth": redisSetting, "primaryauth": redisSetting,
	"SETUSER": redisUser, "setuser": redisUser,
	"expect": expect, "send": send, "exp_send": send, "sendline": send, "child.sendline": send, "p.sendline": send, "process.sendline": send,
	"methodName": methodCall,
	"variable":   variable, "output": variable, "Basic": basic, "basic": basic,
	"sp_addlogin": addLogin, "sp_password": addLogin, "sp_addapprole": addLogin,
	"TRUE": cookieLine, "FALSE": cookieLine,
	"Private-Lines": puttyLines, "SSH2": ssh2Key, "WIFI": wifi,
	"SHA": directoryHash, "SSHA": directoryHash, "MD5": directoryHash, "SMD5": directoryHash, "CRYPT": directoryHash,
	"SHA256": directoryHash, "SSHA256": directoryHash, "SHA512": directoryHash, "SSHA512": directoryHash, "PBKDF2": directoryHash,
	"ARGON2": directoryHash, "noop": directoryHash, "PLAIN": directoryHash, "CLEAR": directoryHash, "CLEARTEXT": directoryHash, "bcrypt": directoryHash,
	"login": phrase.Account, "Login": phrase.Account, "Log": phrase.Account, "log": phrase.Account, "Sign": phrase.Account, "sign": phrase.Account,
	"creds": phrase.Account, "Creds": phrase.Account, "credentials": phrase.Account, "Credentials": phrase.Account, "account": phrase.Account, "Account": phrase.Account,
	"key-string": keyString, "message-digest-key": digestKey, "pre-shared-key": sharedKey, "radius-server": serverKey, "tacacs-server": serverKey,
	"enable": typedSecret, "username": typedSecret, "chap": typedSecret, "pap": typedSecret, "wpa-psk": typedSecret,
	"encryption": encryptionKey, "authentication-key": authenticationKey,
	"EAP": tunnelSecret, "XAUTH": tunnelSecret, "createUser": snmpUser, "REG_SZ": typedValue, "REG_EXPAND_SZ": typedValue, "ENC": typedValue,
	"inline": mediaKey, "add-mask": maskedValue, "JOIN": joinKey, "OPER": operator, "REGISTER": register, "register": register,
	"USING": userUsing, "using": userUsing, "default": optionDefault, "authenticator": authenticatorSeed, "Authenticator": authenticatorSeed,
	"password": configured, "secret": configured, "key": configured, "authentication": configured, "psksecret": configured,
	"passwd": configured, "plain-text-password-value": plainTextPassword,
	"otpauth-migration": migratedSeeds, "PSK": tunnelSecret,
	"snmp-server": snmpServer, "community": community, "com2sec": mappedCommunity, "com2sec6": mappedCommunity,
	"rocommunity": agentCommunity, "rwcommunity": agentCommunity, "rocommunity6": agentCommunity, "rwcommunity6": agentCommunity,
	"authentication-password": lastWord, "privacy-password": lastWord,
	"proxy_set_header": headerDirective, "grpc_set_header": headerDirective, "add_header": headerDirective, "header_up": headerDirective,
	"set-header": headerDirective, "add-header": headerDirective, "RequestHeader": headerDirective,
	"SELECT": column, "Select": column, "select": column,
	"mnemonic": seedWords, "Mnemonic": seedWords, "seed": seedWords, "Seed": seedWords, "phrase": seedWords, "Phrase": seedWords,
}

// starts has the words with a finder, as wordIndex numbers them.
var starts = func() (t [4096]bool) {
	for w := range finders {
		t[wordIndex(w)] = true
	}
	return t
}()

// wordIndex numbers a word of two bytes or more. Others may have the same number.
func wordIndex(w string) uint {
	n := uint(len(w))
	return (uint(w[0])*31 + uint(w[1])*137 + uint(w[n-1])*7 + n*613) & 4095
}

// startLens has, by the first letter of a word, a bit for each length that a word with a finder
// has.
var startLens = func() (t [256]uint32) {
	for w := range finders {
		t[w[0]] |= 1 << len(w)
	}
	return t
}()

// MayStart is a quick check whether the word s[i:j] may introduce a secret.
func MayStart(s string, i, j int) bool {
	return j < len(s) && startLens[s[i]]>>(j-i)&1 != 0 && starts[wordIndex(s[i:j])]
}

// Find finds the secret that the word s[i:j] introduces, for which MayStart is true.
func Find(s string, i, j int) (phrase.Span, bool) {
	find := finders[s[i:j]]
	if find == nil {
		return phrase.Span{}, false
	}
	sp, ok := find(s, i, j)
	if !ok || sp.End <= sp.Start || strings.IndexByte("$*", s[sp.Start]) >= 0 {
		return phrase.Span{}, false
	}
	return sp, true
}

// maxLine bounds the bytes of a line that are inspected.
const maxLine = 1000

// lineStart returns the start of the line of k.
func lineStart(s string, k int) int {
	low := max(0, k-maxLine)
	return low + strings.LastIndexAny(s[low:k], "\n\r") + 1
}

// lineEnd returns the end of the line of k.
func lineEnd(s string, k int) int { return lineEndWithin(s, k, maxLine) }

// lineEndWithin returns the end of the line of k, of which at most so many bytes are inspected.
func lineEndWithin(s string, k, most int) int {
	end := min(len(s), k+most)
	if n := strings.IndexAny(s[k:end], "\r\n"); n >= 0 {
		return k + n
	}
	return end
}

// textBefore returns up to n bytes before k.
func textBefore(s string, k, n int) string { return s[max(0, k-n):k] }

// word returns the next word at or after k in its line, without its quotes.
func word(s string, k int) phrase.Span {
	for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
		k++
	}
	quote := byte(0)
	if k < len(s) && (s[k] == '"' || s[k] == '\'') {
		quote = s[k]
		k++
	}
	end := k
	for end < len(s) && s[end] != '\n' && s[end] != '\r' {
		if quote == 0 && (s[end] <= ' ' || strings.IndexByte("\"'<>;|`", s[end]) >= 0) || quote != 0 && s[end] == quote {
			break
		}
		end++
	}
	return phrase.Span{Start: k, End: end}
}

// arguments returns the words of the line after the word that ends at j, as [words] does. If
// something else than a blank or a quote follows that word, it is no command and has none: a line
// without blanks would be read to its end for each command in it.
func arguments(s string, j int, into []phrase.Span) (n int, whole bool) {
	if strings.IndexByte(" \t\"'\r\n", s[j]) < 0 {
		return 0, false
	}
	return words(s, j, into)
}

// words returns the words of the line from k on, up to the given number of them, and whether the
// line has no more.
func words(s string, k int, into []phrase.Span) (n int, whole bool) {
	for {
		w := word(s, k)
		if w.End == w.Start {
			return n, w.End == len(s) || s[w.End] == '\n' || s[w.End] == '\r'
		}
		if n == len(into) {
			return n, false
		}
		into[n] = w
		n++
		if k = w.End; k < len(s) && (s[k] == '"' || s[k] == '\'') {
			k++
		}
	}
}

// isPrompt reports whether the text s[from:i] before a command is what programs write before
// commands: nothing, "> ", "C: ", "ftp> ".
func isPrompt(s string, from, i int) bool {
	before := strings.TrimSpace(s[from:i])
	return before == "" || len(before) <= 16 && (strings.HasSuffix(before, ">") || strings.HasSuffix(before, "C:") || strings.HasSuffix(before, ">>>"))
}
