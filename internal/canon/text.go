package canon

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// class says what a byte of a text means for the way that the text is written; the classes of all bytes are joined.
type class uint8

const (
	quote   class = 1 << iota // "
	escape                    // \
	wide                      // part of a rune beyond ASCII
	control                   // not printable, but for the line feed
	newline                   // line feed
	blank                     // space
	mark                      // : or #, which can end a plain text
	odd                       // a rune that is not printable
)

var classes = func() (table [256]class) {
	for c := range table {
		switch {
		case c == '"':
			table[c] = quote
		case c == '\\':
			table[c] = escape
		case c >= utf8.RuneSelf:
			table[c] = wide
		case c == '\n':
			table[c] = newline
		case c < ' ' || c == 0x7f:
			table[c] = control
		case c == ' ':
			table[c] = blank
		case c == ':' || c == '#':
			table[c] = mark
		}
	}
	return table
}()

// classify returns the classes of a decoded text.
func classify(text []byte) class {
	var flags class
	for _, c := range text {
		flags |= classes[c]
	}
	if flags&wide != 0 {
		for i := 0; i < len(text); {
			r, size := utf8.DecodeRune(text[i:])
			if size > 1 && !unicode.IsPrint(r) {
				return flags | odd
			}
			i += size
		}
	}
	return flags
}

// text writes a string: plain where no reader can take it for something else, else in single quotes; over several lines
// as a literal block; and where that would not be safe, in double quotes with escapes.
func (e *Encoder) text(text []byte, flags class, indent int) {
	switch {
	case flags&(newline|control|odd) == 0:
		e.line(text, flags)
	case isBlock(text, flags):
		e.block(text, indent)
	default:
		e.doubleQuoted(text)
	}
}

// line writes a printable text of one line.
func (e *Encoder) line(text []byte, flags class) {
	if isPlain(text, flags) {
		e.dst = append(e.dst, text...)
		return
	}
	e.dst = append(e.dst, '\'')
	for {
		i := bytes.IndexByte(text, '\'')
		if i < 0 {
			break
		}
		e.dst = append(e.dst, text[:i+1]...)
		e.dst = append(e.dst, '\'')
		text = text[i+1:]
	}
	e.dst = append(e.dst, text...)
	e.dst = append(e.dst, '\'')
}

// isPlain reports whether a printable text of one line means itself to every reader without quotes.
func isPlain(text []byte, flags class) bool {
	n := len(text)
	if n == 0 || text[n-1] == ' ' {
		return false
	}
	if flags&mark != 0 && hasMark(text) {
		return false
	}
	switch c := text[0]; c {
	case 'y', 'Y', 'n', 'N', 't', 'T', 'f', 'F', 'o', 'O':
		return n > len("false") || !isWord(text)
	case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', '+':
		return !isNumber(text)
	case '-':
		return n > 1 && text[1] != ' ' && text[1] != '-' && !isNumber(text)
	case ' ', '!', '"', '#', '%', '&', '\'', '*', ',', ':', '=', '>', '?', '@', '[', ']', '`', '{', '|', '}', '~':
		return false
	case '<':
		return n == 1 || text[1] != '<'
	}
	return true
}

// hasMark reports whether a text holds what ends a plain text: a colon before a space or at the end, or a # behind a space.
func hasMark(text []byte) bool {
	for i, c := range text {
		switch c {
		case ':':
			if i+1 == len(text) || text[i+1] == ' ' {
				return true
			}
		case '#':
			if i > 0 && text[i-1] == ' ' {
				return true
			}
		}
	}
	return false
}

// isWord reports whether a text is a boolean or null of YAML 1.1 or 1.2, in any case.
func isWord(text []byte) bool {
	var lower [5]byte
	for i, c := range text {
		lower[i] = c | 0x20
	}
	switch string(lower[:len(text)]) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return true
	}
	return false
}

// isNumber reports whether a text that begins with a digit, a sign or a full stop might be a number (with a base, with
// underscores, in sixties), a date, a time, infinity or no number to some reader, or the mark between documents. It errs on
// the safe side: an IP address counts as one too.
func isNumber(text []byte) bool {
	if bytes.HasPrefix(text, []byte("...")) {
		return true
	}
	rest := bytes.TrimLeft(text, "+-_")
	if len(rest) == 4 && rest[0] == '.' {
		switch string(bytes.ToLower(rest)) {
		case ".inf", ".nan":
			return true
		}
	}
	if len(rest) > 0 && rest[0] == '0' {
		// Some readers drop underscores before they look at the base.
		if digits := bytes.TrimLeft(rest[1:], "_"); len(digits) > 0 && digits[0]|0x20 == 'x' {
			return isHex(digits[1:])
		}
	}
	for _, c := range rest {
		switch c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '_', '+', '-', '.', ':', ',', ' ',
			'e', 'E', 't', 'T', 'z', 'Z', 'o', 'O', 'b', 'B':
		default:
			return false
		}
	}
	return true
}

func isHex(digits []byte) bool {
	for _, c := range digits {
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' || c == '_') {
			return false
		}
	}
	return true
}

// isBlock reports whether every reader gets a text of several lines back from a literal block: it has to be printable,
// a tab may stand within a line only, and the first line must show the indent.
func isBlock(text []byte, flags class) bool {
	if flags&odd != 0 || flags&newline == 0 {
		return false
	}
	if text[0] == '\n' || text[0] == ' ' {
		return false
	}
	if flags&control != 0 {
		for i, c := range text {
			switch {
			case c == '\t':
				if i == 0 || text[i-1] == '\n' || text[i-1] == ' ' {
					return false
				}
			case classes[c] == control:
				return false
			}
		}
	}
	return true
}

// block writes a literal block, without its last line ending.
func (e *Encoder) block(text []byte, indent int) {
	e.dst = append(e.dst, '|')
	if n := len(text); text[n-1] != '\n' {
		e.dst = append(e.dst, '-')
	} else if text = text[:n-1]; text[n-2] == '\n' {
		e.dst = append(e.dst, '+')
	}
	for more := true; more; {
		var line []byte
		line, text, more = bytes.Cut(text, []byte("\n"))
		e.dst = append(e.dst, '\n')
		if len(line) > 0 {
			e.indent(indent)
			e.dst = append(e.dst, line...)
		}
	}
}

// doubleQuoted writes a text with everything escaped that is not printable.
func (e *Encoder) doubleQuoted(text []byte) {
	const digits = "0123456789abcdef"
	e.dst = append(e.dst, '"')
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == '"' || r == '\\':
			e.dst = append(e.dst, '\\', byte(r))
		case r == '\n':
			e.dst = append(e.dst, `\n`...)
		case r == '\r':
			e.dst = append(e.dst, `\r`...)
		case r == '\t':
			e.dst = append(e.dst, `\t`...)
		case unicode.IsPrint(r):
			e.dst = append(e.dst, text[i:i+size]...)
		case r <= 0xff:
			e.dst = append(e.dst, '\\', 'x', digits[r>>4], digits[r&15])
		case r <= 0xffff:
			e.dst = append(e.dst, '\\', 'u', digits[r>>12], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		default:
			e.dst = append(e.dst, '\\', 'U', '0', '0', digits[r>>20&15], digits[r>>16&15], digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
		}
		i += size
	}
	e.dst = append(e.dst, '"')
}
