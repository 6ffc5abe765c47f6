// Libraries that draw put style elements into the page. The page's policy lets in those that carry its nonce, and no others.

const nonce = document.querySelector('meta[name="style-nonce"]').content;
const create = document.createElement.bind(document);

document.createElement = (name, options) => {
    const element = create(name, options);
    if (name.toLowerCase() === 'style') element.nonce = nonce;
    return element;
};

// And they set style attributes, which it lets nobody do; the same through the style itself is a script's own business.
const setAttribute = Element.prototype.setAttribute;

Element.prototype.setAttribute = function set(name, value) {
    if (name === 'style') this.style.cssText = value; else setAttribute.call(this, name, value);
};
