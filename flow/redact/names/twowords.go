package names

// twoWordSensitivity recognizes secrets that take two words: unlock_pattern, two_factor,
// card_verification_value, SAMLResponse, seed_phrase.
func twoWordSensitivity(last, before string) Sensitivity {
	switch last {
	case "pattern":
		if before == "unlock" || before == "swipe" || before == "lock" {
			return Secret
		}
	case "factor", "attempt": // two_factor, otp_attempt
		if last == "attempt" && isTypedCode(before) || last == "factor" && (before == "two" || before == "second" || before == "2") {
			return OneTime
		}
	case "verification":
		if before == "card" {
			return Secret
		}
		return codeInOrder(before)
	case "response", "assertions":
		if before == "saml" {
			return Secret
		}
		if before == "challenge" {
			return OneTime
		}
	case "word", "block":
		if before == "pass" || before == "pin" {
			return Secret
		}
	case "ssword":
		if before == "p" || before == "pa" { // p@ssword
			return Secret
		}
	case "seed":
		if isTypedCode(before) || before == "wallet" || before == "mfa" || before == "2fa" || before == "tfa" ||
			before == "twofactor" || before == "factor" || before == "authenticator" {
			return Secret
		}
	case "name":
		if before == "maiden" { // the answer to a question
			return Secret
		}
	case "community":
		switch before {
		case "snmp", "ro", "rw", "read", "write", "readonly", "readwrite", "trap":
			return Secret
		}
	case "data":
		switch before {
		case "key": // client-key-data
			return Weak
		case "secret": // that of a credential in Keycloak
			return Secret
		case "track", "track1", "track2": // of a card
			return Secret
		}
	case "phrase":
		if before == "seed" || before == "recovery" || before == "pass" || before == "secret" {
			return Secret
		}
	}
	return ofPairOfWords(last, before)
}

// ofPairOfWords recognizes more of them: login_ticket, password_history, id_token_hint, and names
// in other languages, such as mot_de_passe and clave_acceso.
func ofPairOfWords(last, before string) Sensitivity {
	switch last {
	case "verificacion", "verificacao", "verifica":
		return codeInOrder(before)
	case "ticket":
		if before == "login" || before == "sso" || before == "auth" || before == "session" {
			return Secret
		}
		return Weak
	case "history": // {"passwordHistory": ["…"]}
		if before == "password" || before == "passwd" {
			return Below
		}
	case "hint":
		if before == "token" { // id_token_hint
			return Secret
		}
	case "segreta", "segreto":
		if before == "password" || before == "parola" || before == "codice" || before == "chiave" {
			return Secret
		}
	case "uzytkownika":
		if before == "haslo" {
			return Secret
		}
	case "passe", "acceso", "secreta", "usuario", "ingreso": // mot de passe, clave_acceso
		if before == "clave" || last == "passe" && (before == "de" || before == "palavra") || last == "secreta" && before == "chave" {
			return Secret
		}
	case "acesso": // codigo_de_acesso
		if before == "chave" || before == "senha" {
			return Secret
		}
		return codeInOrder(before)
	case "api":
		switch before {
		case "clave", "chave", "cle", "chiave", "klucz", "schluessel": // key
			return Secret
		}
	}
	return Plain
}

// claveSensitivity distinguishes passwords in Spanish from the codes of products, which have the
// same name.
func claveSensitivity(before string) Sensitivity {
	switch before {
	case "nueva", "vieja", "antigua", "anterior", "actual", "confirmar", "confirma", "repetir", "repite", "repita":
		return Secret
	}
	return Weak
}
