package canon

import (
	"unicode/utf16"
	"unicode/utf8"
)

// The JSON that is read here comes from encoding/json: it is valid and has no space between tokens.

// scalar writes the string, number, boolean or null at pos and the line ending. Lines of a block are indented by indent.
func (e *Encoder) scalar(indent int) {
	switch c := e.src[e.pos]; c {
	case '"':
		text, flags := e.readString()
		e.text(text, flags, indent)
	case 't', 'n':
		e.dst = append(e.dst, e.src[e.pos:e.pos+4]...)
		e.pos += 4
	case 'f':
		e.dst = append(e.dst, "false"...)
		e.pos += len("false")
	default:
		e.number()
	}
	e.dst = append(e.dst, '\n')
}

// number writes a JSON number. YAML 1.1 takes an exponent only behind a fraction and with a sign.
func (e *Encoder) number() {
	start := e.pos
	dot, exponent := false, 0
loop:
	for ; ; e.pos++ {
		switch c := e.src[e.pos]; {
		case c >= '0' && c <= '9' || c == '-' || c == '+':
		case c == '.':
			dot = true
		case c == 'e' || c == 'E':
			exponent = e.pos
		default:
			break loop
		}
	}
	text := e.src[start:e.pos]
	if exponent == 0 {
		if string(text) == "-0" {
			text = text[1:]
		}
		e.dst = append(e.dst, text...)
		return
	}
	e.dst = append(e.dst, e.src[start:exponent]...)
	if !dot {
		e.dst = append(e.dst, ".0"...)
	}
	e.dst = append(e.dst, 'e')
	if c := e.src[exponent+1]; c != '-' && c != '+' {
		e.dst = append(e.dst, '+')
	}
	e.dst = append(e.dst, e.src[exponent+1:e.pos]...)
}

// readString returns the text of the JSON string at pos, with U+FFFD for what is no UTF-8, and what is in it. The text is good
// until the next string is read.
func (e *Encoder) readString() ([]byte, class) {
	e.pos++ // "
	start := e.pos
	var flags class
	i := start
	for {
		c := classes[e.src[i]]
		if c&(quote|escape) != 0 {
			break
		}
		flags |= c
		i++
	}
	if e.src[i] == '"' && flags&wide == 0 {
		e.pos = i + 1
		return e.src[start:i], flags
	}
	if flags&wide != 0 {
		i = start // what follows makes valid UTF-8 of it
	}
	e.scratch = append(e.scratch[:0], e.src[start:i]...)
	for e.src[i] != '"' {
		if e.src[i] == '\\' {
			i = e.unescape(i)
			continue
		}
		r, size := utf8.DecodeRune(e.src[i:])
		e.scratch = utf8.AppendRune(e.scratch, r)
		i += size
	}
	e.pos = i + 1
	return e.scratch, classify(e.scratch)
}

// unescape appends what the backslash at i stands for to scratch and returns the offset behind it. Half a surrogate pair
// is U+FFFD, as for encoding/json.
func (e *Encoder) unescape(i int) int {
	c := e.src[i+1]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r := hex(e.src[i+2 : i+6])
		i += 6
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if e.src[i] == '\\' && e.src[i+1] == 'u' {
				pair = utf16.DecodeRune(r, hex(e.src[i+2:i+6]))
			}
			if r = pair; r != utf8.RuneError {
				i += 6
			}
		}
		e.scratch = utf8.AppendRune(e.scratch, r)
		return i
	}
	e.scratch = append(e.scratch, c)
	return i + 2
}

func hex(digits []byte) rune {
	var r rune
	for _, c := range digits {
		switch {
		case c <= '9':
			c -= '0'
		default:
			c = c&^0x20 - 'A' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}

// skip passes over the value at pos.
func (e *Encoder) skip() {
	depth := 0
	for {
		switch e.src[e.pos] {
		case '"':
			for e.pos++; e.src[e.pos] != '"'; e.pos++ {
				if e.src[e.pos] == '\\' {
					e.pos++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
		case ',':
			if depth == 0 {
				return
			}
		}
		e.pos++
	}
}
