//! A request on its way: what a generated call puts together, laid out as OpenAPI lays it down.
//!
//! For: the wire form of a parameter is decided here, once for all operations. A generated crate says which parameter goes
//! where and in which style, and nothing more.

use std::fmt::Display;

use reqwest::{
    Method, Request, Url,
    header::{COOKIE, HeaderMap, HeaderValue},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    AccountId, Call, Error, JoinedList, builder, encoding,
    style::{self, Style},
};

/// A request that is put together, part by part; [`Call::draft`] begins one.
///
/// A missing, empty or unsound part is an error of the function that is given it. The order of the query is that of the calls.
#[derive(Debug)]
#[must_use = "nothing is sent before it is built"]
pub struct Draft<'c> {
    call: &'c Call,
    /// The operation's path, whose parameters are put in one by one.
    path: String,
    /// Encoded pairs.
    query: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    /// Whether it is for a test account.
    is_test: bool,
}

impl<'c> Draft<'c> {
    pub(crate) fn new(call: &'c Call) -> Self {
        // What follows `#` tells calls of one path apart, and is never sent.
        let path = call.operation().path.split('#').next().unwrap_or_default();
        Self {
            call,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: None,
            is_test: call.is_test(),
        }
    }

    /// An account in the path: as given, or that of the login. It decides which server is asked, where test accounts
    /// have one of their own.
    ///
    /// # Errors
    /// There is neither, or what was given is no account id.
    pub fn account(&mut self, name: &'static str, value: Option<String>) -> Result<(), Error> {
        let value = self.call.account(name, value)?;
        self.is_test = value.parse::<AccountId>().is_ok_and(|id| id.is_test());
        self.put(name, &encoding::value(&value));
        Ok(())
    }

    /// A path parameter. What would change the path's shape is refused: an empty `id` would turn
    /// `DELETE /cards/{id}` into `DELETE /cards`.
    ///
    /// # Errors
    /// It is missing, empty, `.` or `..`.
    pub fn path<T: Display>(&mut self, name: &'static str, value: Option<T>) -> Result<(), Error> {
        let text = self.call.path(name, value.map(|value| value.to_string()))?;
        self.put(name, &encoding::value(&text));
        Ok(())
    }

    /// A list as one path parameter: only the separators between its items are bare.
    ///
    /// # Errors
    /// It is missing or empty.
    pub fn path_list<T: Display, const SEPARATOR: char>(
        &mut self,
        name: &'static str,
        value: Option<JoinedList<T, SEPARATOR>>,
    ) -> Result<(), Error> {
        let list = self.call.path(name, value)?;
        self.put(name, &encoding::list(&list));
        Ok(())
    }

    /// A path parameter that is no plain value.
    ///
    /// # Errors
    /// It is missing or empty, or has no JSON form.
    pub fn path_styled<T: Serialize>(
        &mut self,
        name: &'static str,
        style: Style,
        value: Option<T>,
    ) -> Result<(), Error> {
        let value = self.call.to_value(&self.call.required(name, value)?)?;
        let text = self.call.path(name, Some(style::text(name, style, value, encoding::value)))?;
        self.put(name, &text);
        Ok(())
    }

    fn put(&mut self, name: &str, text: &str) {
        // What was put in before is encoded, and holds no braces.
        self.path = self.path.replace(&["{", name, "}"].concat(), text);
    }

    /// A query parameter; a list gives a pair for each item, and nothing gives none.
    ///
    /// # Errors
    /// The value has no JSON form.
    #[inline]
    pub fn query<T: Serialize + ?Sized>(&mut self, name: &'static str, value: Option<&T>) -> Result<(), Error> {
        self.query_styled(name, Style::Form, value)
    }

    /// A query parameter in a style of its own.
    ///
    /// # Errors
    /// The value has no JSON form.
    pub fn query_styled<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        style: Style,
        value: Option<&T>,
    ) -> Result<(), Error> {
        match value {
            Some(value) => {
                let value = self.call.to_value(value)?;
                self.query_value(name, style, value);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn query_value(&mut self, name: &str, style: Style, value: Value) {
        for (name, value) in style::pairs(name, style, value, encoding::value) {
            self.pair(&encoding::value(&name), &value);
        }
    }

    /// A list as one query parameter: only the separators between its items are bare. An empty one is none.
    pub fn query_list<T: Display, const SEPARATOR: char>(
        &mut self,
        name: &'static str,
        value: Option<&JoinedList<T, SEPARATOR>>,
    ) {
        if let Some(list) = value.filter(|list| !list.is_empty()) {
            self.pair(&encoding::value(name), &encoding::list(list));
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(name);
        self.query.push('=');
        self.query.push_str(value);
    }

    /// A header.
    ///
    /// # Errors
    /// No header can hold its text.
    pub fn header<T: Display>(&mut self, name: &'static str, value: Option<&T>) -> Result<(), Error> {
        match value {
            Some(value) => self.header_text(name, &value.to_string()),
            None => Ok(()),
        }
    }

    /// A header that is no plain value.
    ///
    /// # Errors
    /// The value has no JSON form, or no header can hold its text.
    pub fn header_styled<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        style: Style,
        value: Option<&T>,
    ) -> Result<(), Error> {
        match value {
            Some(value) => self.header_text(name, &style::text(name, style, self.call.to_value(value)?, str::to_owned)),
            None => Ok(()),
        }
    }

    fn header_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let (name, mut value) = builder::header(name, text).map_err(|why| self.call.refuse(why.message()))?;
        // Which of them are secret no document says.
        value.set_sensitive(true);
        self.headers.append(name, value);
        Ok(())
    }

    /// A cookie, beside those that are there.
    ///
    /// # Errors
    /// The value has no JSON form, or name or value a character that no cookie can hold.
    pub fn cookie<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        style: Style,
        value: Option<&T>,
    ) -> Result<(), Error> {
        match value {
            Some(value) => self.cookie_text(name, &style::text(name, style, self.call.to_value(value)?, str::to_owned)),
            None => Ok(()),
        }
    }

    fn cookie_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let may_be = |b: u8| matches!(b, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        if !text.bytes().all(may_be) {
            return Err(self.call.refuse(format!(
                "`{name}` has a character that no cookie can hold, a space or a comma perhaps; percent-encode it"
            )));
        }
        // RFC 6265 wants less; refused is what would end the name, or the header.
        if name.is_empty() || !name.bytes().all(|b| may_be(b) && b != b'=') {
            let name = name.escape_default();
            let why = format!("`{name}` cannot be the name of a cookie; correct it in the document");
            return Err(self.call.refuse(why));
        }
        let before = self.headers.get(COOKIE).and_then(|v| v.to_str().ok());
        let before = before.map(|v| format!("{v}; ")).unwrap_or_default();
        let written = HeaderValue::from_str(&format!("{before}{name}={text}"));
        let mut all = written.map_err(|_| self.call.refuse(format!("the cookie `{name}` cannot be in a header")))?;
        all.set_sensitive(true);
        self.headers.insert(COOKIE, all);
        Ok(())
    }

    /// A body of JSON.
    ///
    /// # Errors
    /// The value has no JSON form, a map with keys that are no texts for example.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.body = Some(serde_json::to_vec(value).map_err(|why| self.call.no_form(&why))?);
        Ok(())
    }

    /// A body that is written already; no bytes are no body.
    pub fn bytes(&mut self, body: Vec<u8>) {
        self.body = Some(body);
    }

    /// The request, but for what the transport puts on it.
    ///
    /// # Errors
    /// Server and path make no address.
    pub fn build(self) -> Result<Request, Error> {
        let Self { call, path, query, headers, body, is_test } = self;
        let operation = call.operation();
        let address = [&*call.base_url(is_test), &path].concat();
        let mut url: Url =
            address.parse().map_err(|why| call.refuse(format!("server and path make no address: {why}")))?;
        // A path may have a query of its own.
        match url.query().filter(|own| !own.is_empty()) {
            _ if query.is_empty() => {}
            Some(own) => {
                let both = format!("{own}&{query}");
                url.set_query(Some(&both));
            }
            None => url.set_query(Some(&query)),
        }
        let method = Method::from_bytes(operation.method.as_bytes())
            .map_err(|_| call.refuse(format!("`{}` is no method of HTTP", operation.method)))?;
        let mut request = Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Into::into);
        Ok(request)
    }
}
