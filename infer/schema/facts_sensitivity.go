package schema

import (
	"bytes"

	"github.com/spectap/spectap/flow/redact"
)

// private are words of names whose values may be secrets or free text, wherever they stand in the name.
var sensitiveWords = map[string]bool{
	"login": true, "email": true, "mail": true, "username": true, "token": true, "password": true, "passwd": true,
	"pwd": true, "passphrase": true, "secret": true, "credential": true, "auth": true, "authorization": true,
	"cookie": true, "session": true, "sid": true, "key": true, "apikey": true, "signature": true, "hash": true,
	"sha": true, "md5": true, "digest": true, "nonce": true, "salt": true, "jwt": true, "bearer": true, "otp": true,
	"pin": true, "cvc": true, "cvv": true, "csrf": true, "xsrf": true, "ssn": true, "iban": true, "bic": true,
	"passport": true, "birthday": true, "dob": true,
}

// personal are words that end the names of what may tell of a person or is free text: author is, while
// author_association is not.
var sensitiveLastWords = map[string]bool{
	"name": true, "user": true, "phone": true, "mobile": true, "fax": true, "tel": true, "address": true, "street": true,
	"city": true, "zip": true, "postal": true, "postcode": true, "first": true, "last": true, "surname": true,
	"nickname": true, "nick": true, "birth": true, "tax": true, "vat": true, "card": true, "company": true,
	"author": true, "owner": true, "person": true, "contact": true, "customer": true, "ip": true, "host": true,
	"hostname": true, "url": true, "uri": true, "href": true, "link": true, "path": true, "file": true, "filename": true,
	"title": true, "description": true, "body": true, "text": true, "message": true, "comment": true, "note": true,
	"content": true, "subject": true, "query": true, "value": true, "data": true, "id": true, "uuid": true, "guid": true,
	"slug": true, "by": true, "assignee": true, "creator": true, "member": true, "recipient": true, "sender": true,
	"line1": true, "line2": true, "display": true, "handle": true, "account": true, "number": true,
}

// inside are secrets that tell wherever they stand in a name.
var sensitiveSubstrings = [...]string{"passw", "secret", "token", "apikey", "credential", "email"}

// mayKeep says that short token-shaped values under this name may be kept as text. It is asked for each new
// property, so it makes no garbage.
func canKeepText(name string) bool {
	var buf [64]byte
	if len(name) > len(buf) || redact.ClassOf(name) >= redact.Secret {
		return false
	}
	low := buf[:len(name)]
	for i := range low {
		if low[i] = name[i]; low[i] >= 'A' && low[i] <= 'Z' {
			low[i] += 'a' - 'A'
		}
	}
	for _, s := range sensitiveSubstrings {
		if bytes.Contains(low, []byte(s)) {
			return false
		}
	}
	for start := 0; start < len(name); {
		end := wordEnd(name, start)
		word := low[start:end]
		last := end == len(name)
		if isSensitiveWord(word, last) || len(word) > 1 && word[len(word)-1] == 's' && isSensitiveWord(word[:len(word)-1], last) {
			return false
		}
		for start = end; start < len(name) && charClass[name[start]] != charDigit && !isLetter(name[start]); start++ {
		}
	}
	return true
}

func isSensitiveWord(word []byte, last bool) bool {
	return sensitiveWords[string(word)] || last && sensitiveLastWords[string(word)]
}

// wordEnd returns where the word at i ends: before anything but letters and digits, and where camelCase
// begins another.
func wordEnd(name string, i int) int {
	for j := i + 1; j < len(name); j++ {
		c, before := charClass[name[j]], charClass[name[j-1]]
		switch {
		case c != charDigit && c != charLower && c != charUpper:
			return j
		case c == charUpper && before != charUpper:
			return j
		case c == charUpper && j+1 < len(name) && charClass[name[j+1]] == charLower && !(j+2 == len(name) && name[j+1] == 's'):
			return j
		}
	}
	return len(name)
}
